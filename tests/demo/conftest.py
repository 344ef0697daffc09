"""The demo, where its emulator is installed."""

import pytest

from rekey.demo.needs import missing as lacking
from tests.engines.found import missing


@pytest.fixture(scope="session")
def emulated() -> None:
    """Skip where the demo's second half cannot be shown."""
    if why := lacking():
        missing("what the demo contains on", why)
