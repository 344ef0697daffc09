"""Tampered journals: every change is found, and a missing end is found with an anchor."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.journal.canonical_json import digest
from rekey.journal.checkpoint import read_checkpoint, write_checkpoint
from rekey.journal.interface import Draft
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import COLUMNS, SqliteJournal
from rekey.journal.ssh_signature import SignatureError
from rekey.journal.verify import read_anchor, verify_journal
from tests.fakes.people import People


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    for number in range(6):
        made.append(Draft("intent", {"n": number}, "run", "step", "user/x"))
    return made


def opened(path: Path) -> sqlite3.Connection:
    """Open the file as somebody would who has the rights to it: without the triggers."""
    db = sqlite3.connect(path, isolation_level=None)
    for name in ("entries_no_update", "entries_no_delete", "entries_in_order"):
        db.execute(f"DROP TRIGGER {name}")
    return db


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
    opened(tmp_path / "j").execute(f"UPDATE entries SET {column} = {value} WHERE seq = {seq}")
    found = verify_journal(tmp_path / "j")
    assert found.status == "broken"
    assert f"entry {seq}" in found.reason or f"entry {seq + 1}" in found.reason


def swap(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET seq = -3 WHERE seq = 3")
    db.execute("UPDATE entries SET seq = 3 WHERE seq = 4")
    db.execute("UPDATE entries SET seq = 4 WHERE seq = -3")


def remove(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM entries WHERE seq = 4")


def remove_and_renumber(db: sqlite3.Connection) -> None:
    remove(db)
    db.execute("UPDATE entries SET seq = seq - 1 WHERE seq > 4")


def remove_the_first(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM entries WHERE seq = 1")


def empty(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM entries")


@pytest.mark.parametrize("change", [swap, remove, remove_and_renumber, remove_the_first, empty])
def test_removing_and_reordering(
    change: Callable[[sqlite3.Connection], None], journal: SqliteJournal, tmp_path: Path
) -> None:
    change(opened(tmp_path / "j"))
    assert verify_journal(tmp_path / "j").status == "broken"


def test_a_missing_end_needs_an_anchor(journal: SqliteJournal, tmp_path: Path) -> None:
    opened(tmp_path / "j").execute("DELETE FROM entries WHERE seq > 4")
    assert verify_journal(tmp_path / "j").status == "open_end"
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "heads", None))
    assert (found.status, found.entries) == ("broken", 4)
    assert "its end is gone" in found.reason


def rewritten(path: Path) -> None:
    """Change an entry, and make all hashes after it fit again."""
    db = opened(path)
    previous = ""
    for row in db.execute(f"SELECT {COLUMNS} FROM entries ORDER BY seq").fetchall():
        parts = dict(zip(COLUMNS.split(", "), row, strict=True))
        payload = {"n": 99} if parts["seq"] == 4 else json.loads(parts["payload"])
        parts["previous"] = previous or parts["previous"]
        old = {key: value for key, value in parts.items() if key not in ("hash", "payload")}
        previous = digest({**old, "payload": payload})
        db.execute(
            "UPDATE entries SET payload = ?, previous = ?, hash = ? WHERE seq = ?",
            (json.dumps(payload), parts["previous"], previous, parts["seq"]),
        )


def test_a_chain_that_was_written_anew_needs_an_anchor(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    rewritten(tmp_path / "j")
    assert verify_journal(tmp_path / "j").status == "open_end"
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "heads", None))
    assert (found.status, found.reason) == (
        "broken", "entry 4: not what was shipped; the chain was written anew"
    )  # fmt: skip


def test_an_old_anchor_vouches_for_what_it_saw_and_no_more(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    early = (tmp_path / "heads").read_text().splitlines(keepends=True)[:3]
    (tmp_path / "early").write_text("".join(early))
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "early", None))
    assert (found.status, found.anchored_to, found.entries) == ("open_end", 3, 7)


def test_another_journal_is_not_taken_for_this_one(journal: SqliteJournal, tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "other", [FileSink(tmp_path / "others")])
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "others", None))
    assert "another journal" in found.reason


def test_a_checkpoint_is_signed(journal: SqliteJournal, tmp_path: Path) -> None:
    people, head = People(tmp_path / "people", "ada", "bob"), journal.head()
    assert head is not None
    file = tmp_path / "checkpoint.json"
    write_checkpoint(head, people.key("ada"), file)
    read, signer = read_checkpoint(file, people.allowed)
    assert (read, signer.principals) == (head, frozenset({"ada"}))
    anchored = verify_journal(tmp_path / "j", read_anchor(file, people.allowed))
    assert anchored.status == "intact"
    with pytest.raises(RekeyError, match="--allowed-signers"):
        read_anchor(file, None)
    file.write_text(file.read_text().replace(head.hash, "0" * 64))
    with pytest.raises(SignatureError):
        read_anchor(file, people.allowed)


@pytest.mark.parametrize("text", ["nothing", '{"seq": 1}', "[]\n", "\x00"])
def test_what_is_no_anchor(text: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(RekeyError, match="no head"):
        read_anchor(tmp_path / "a", None)


def test_what_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(RekeyError, match="no such journal"):
        verify_journal(tmp_path / "j")
    (tmp_path / "j").write_text("hello " * 100)
    with pytest.raises(RekeyError, match="no journal that can be read"):
        verify_journal(tmp_path / "j")
