"""Tampered journals: every change of an entry is found, and nothing but a journal is one."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.journal.schema import COLUMNS
from rekey.journal.sqlite import SqliteJournal
from rekey.journal.verify import read_anchor, verify_journal
from tests.journal.tampering import (
    alter,
    empty,
    opened,
    remove,
    remove_and_renumber,
    remove_the_first,
    spoil,
    swap,
)


def test_untouched(journal: SqliteJournal, tmp_path: Path) -> None:
    assert verify_journal(tmp_path / "j").status == "open_end"
    anchored = verify_journal(tmp_path / "j", read_anchor(tmp_path / "heads", None))
    assert (anchored.status, anchored.entries, anchored.anchored_to) == ("intact", 7, 7)


@pytest.mark.parametrize("column", list(COLUMNS.split(", ")))
@pytest.mark.parametrize("seq", [1, 4, 7])
def test_each_column_of_an_entry_counts(
    column: str, seq: int, journal: SqliteJournal, tmp_path: Path
) -> None:
    value = {"seq": "99", "payload": "'{\"n\": 17}'"}.get(column, "'2026-01-01T00:00:00.000000Z'")
    with opened(tmp_path / "j") as db:
        db.execute(f"UPDATE entries SET {column} = {value} WHERE seq = {seq}")
    found = verify_journal(tmp_path / "j")
    assert found.status == "broken"
    assert f"entry {seq}" in found.reason or f"entry {seq + 1}" in found.reason


@pytest.mark.parametrize(
    "change", [alter, spoil, swap, remove, remove_and_renumber, remove_the_first, empty]
)
def test_altering_removing_and_reordering(
    change: Callable[[sqlite3.Connection], None], journal: SqliteJournal, tmp_path: Path
) -> None:
    with opened(tmp_path / "j") as db:
        change(db)
    assert verify_journal(tmp_path / "j").status == "broken"


@contextmanager
def nobody() -> Iterator[None]:
    """Be somebody whom the rights of a folder bind, which they do not do with root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_copy_on_a_disk_that_nobody_may_write_to(journal: SqliteJournal, tmp_path: Path) -> None:
    journal.close()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "j"
        shutil.copyfile(tmp_path / "j", copy)
        copy.chmod(0o444)
        Path(folder).chmod(0o555)
        with nobody():
            assert verify_journal(copy).entries == 7
        assert [file.name for file in Path(folder).iterdir()] == ["j"], "it left nothing beside it"
        Path(folder).chmod(0o755)


def test_what_is_no_journal(tmp_path: Path) -> None:
    for missing in (tmp_path / "j", tmp_path):
        with pytest.raises(RekeyError, match="no such journal"):
            verify_journal(missing)


PAYLOADS = {
    "a list": "[1, 2]",
    "nothing": "null",
    "not a number": '{"a":NaN}',
    "nested deep": "[" * 100_000,
    "nested deep within": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
    "one key twice": '{"n": 1, "n": 3}',
    "white space": '  {"n": 3}\n',
}


@pytest.mark.parametrize("seq", [1, 5])
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_is_compared_byte_by_byte(
    name: str, seq: int, journal: SqliteJournal, tmp_path: Path
) -> None:
    with opened(tmp_path / "j") as db:
        db.execute("UPDATE entries SET payload = ? WHERE seq = ?", (PAYLOADS[name], seq))
    found = verify_journal(tmp_path / "j")
    assert (found.status, found.reason[:8]) == ("broken", f"entry {seq}:")
