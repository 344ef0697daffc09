"""The fake cloud as a room of providers, for tests of the command line."""

from pathlib import Path

from rekey.containment.interface import Provider
from rekey.containment.secret_store import SecretStore
from rekey.containment.target import Facts
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.fake_provider import FakeProvider
from tests.fakes.fake_store import FakeStore


def connect(options: Facts) -> Provider:
    """Connect to the fake cloud whose state lies in ``options["file"]``."""
    return FakeProvider(FakeCloud(Path(str(options["file"]))))


def open_store(name: str, options: Facts) -> SecretStore:
    """Open its secret store."""
    return FakeStore(FakeCloud(Path(str(options["file"]))), name)
