"""A journal of seven entries that ships its heads, and people who sign."""

from pathlib import Path

import pytest

from rekey.journal.interface import Draft
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from tests.fakes.people import People


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"), "ada", "bob")


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    for number in range(6):
        made.append(Draft("intent", {"n": number}, "run", "step", "user/x"))
    return made
