"""A reader for each test."""

from pathlib import Path

import pytest

from tests.sources.samples import Reader


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)
