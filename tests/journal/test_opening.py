"""Nothing is written to a journal that was altered, emptied or exchanged."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rekey.journal.chain import JournalBroken
from rekey.journal.interface import Draft
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from tests.journal.tampering import (
    alter,
    cut,
    opened,
    remove,
    remove_and_renumber,
    remove_the_first,
    rewrite,
    spoil,
    swap,
)


@pytest.mark.parametrize(
    "change", [alter, spoil, swap, remove, remove_and_renumber, remove_the_first, cut, rewrite]
)
def test_nothing_is_done_with_what_was_altered(
    change: Callable[[sqlite3.Connection], None], journal: SqliteJournal, tmp_path: Path
) -> None:
    """Cut or written anew it is a whole chain, and does not reach to what was shipped."""
    journal.close()
    with opened(tmp_path / "j") as db:
        change(db)
    before = (tmp_path / "heads").read_text()
    with pytest.raises(JournalBroken, match="entry"):
        SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    assert (tmp_path / "heads").read_text() == before


def test_an_emptied_journal_is_not_made_anew(journal: SqliteJournal, tmp_path: Path) -> None:
    journal.close()
    for file in tmp_path.glob("j*"):
        file.unlink()
    with pytest.raises(JournalBroken, match="known to entry 7"):
        SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])


def test_another_journal_in_its_place_is_seen(journal: SqliteJournal, tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "other")
    with pytest.raises(JournalBroken, match="another journal"):
        SqliteJournal(tmp_path / "other", [FileSink(tmp_path / "heads")])


@pytest.mark.parametrize("said", [0, 3, 1_000_000])
def test_what_a_sink_holds_counts_and_not_what_was_noted(
    said: int, journal: SqliteJournal, tmp_path: Path
) -> None:
    journal.close()
    db = sqlite3.connect(tmp_path / "j", isolation_level=None)
    db.execute("UPDATE shipped SET seq = ?", (said,))
    db.close()
    again = SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    again.append(Draft("a"))
    assert again.unshipped() == {}
    seqs = [json.loads(line)["seq"] for line in (tmp_path / "heads").read_text().splitlines()]
    assert seqs == list(range(1, 9))
