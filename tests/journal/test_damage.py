"""Damaged files, and files that rekey never made, are broken journals."""

import sqlite3
from pathlib import Path

import pytest

from rekey.errors import ExitCode
from rekey.journal.chain import JournalBroken
from rekey.journal.interface import JournalError
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from rekey.journal.verify import verify_journal


@pytest.mark.parametrize("damage", ["garbage", "empty", "half", "a page"])
def test_a_damaged_file_is_a_broken_journal(
    damage: str, journal: SqliteJournal, tmp_path: Path
) -> None:
    journal.close()
    whole = (tmp_path / "j").read_bytes()
    odd = bytes(byte ^ 0x55 for byte in whole[8192:8392])
    content = {"garbage": b"hello " * 100, "empty": b"", "half": whole[: len(whole) // 2],
               "a page": whole[:8192] + odd + whole[8392:]}[damage]  # fmt: skip
    (tmp_path / "j").write_bytes(content)
    assert verify_journal(tmp_path / "j").status == "broken"
    with pytest.raises(JournalError) as told:
        SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    assert told.value.exit_code == ExitCode.BROKEN
    assert (tmp_path / "j").read_bytes() == content, "and it is left as it is"


OTHER_FILES = {
    "a trigger is missing": "DROP TRIGGER entries_no_delete",
    "another index": "DROP INDEX entries_by_run; CREATE INDEX entries_by_run ON entries (run, seq) "
    "WHERE kind <> 'intent'",
    "a view in its place": "ALTER TABLE entries RENAME TO e; CREATE VIEW entries AS SELECT * FROM e",
    "a table more": "CREATE TABLE t (a)",
    "another version": "PRAGMA user_version = 2",
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_file_than_rekey_makes_is_seen(
    name: str, journal: SqliteJournal, tmp_path: Path
) -> None:
    journal.close()
    db = sqlite3.connect(tmp_path / "j", isolation_level=None)
    db.executescript(OTHER_FILES[name])
    db.close()
    assert verify_journal(tmp_path / "j").status == "broken"
    with pytest.raises(JournalError):
        SqliteJournal(tmp_path / "j")


def test_an_index_that_lacks_an_entry_is_seen(journal: SqliteJournal, tmp_path: Path) -> None:
    """Readers go by the index, and whoever counts hashes by the table: two journals in one file."""
    journal.close()
    db = sqlite3.connect(tmp_path / "j", isolation_level=None)
    (whole,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries_by_run'").fetchone()
    db.executescript(
        "DROP INDEX entries_by_run; CREATE INDEX entries_by_run ON entries (run, seq) WHERE seq <> 5;"
        "PRAGMA writable_schema = on"
    )
    db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'entries_by_run'", (whole,))
    db.close()
    assert "entries_by_run" in verify_journal(tmp_path / "j").reason
    with pytest.raises(JournalBroken, match="entries_by_run"):
        SqliteJournal(tmp_path / "j")
