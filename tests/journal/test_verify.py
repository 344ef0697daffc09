"""Tampered journals: every change is found, and a missing end is found with an anchor."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rekey.errors import ExitCode, RekeyError
from rekey.journal.chain import JournalBroken
from rekey.journal.checkpoint import last_checkpoint, read_checkpoint, write_checkpoint
from rekey.journal.interface import Draft, JournalError
from rekey.journal.schema import COLUMNS
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from rekey.journal.ssh_signature import SignatureError
from rekey.journal.verify import read_anchor, verify_journal
from tests.fakes.people import People
from tests.journal.tampering import (
    alter,
    cut,
    empty,
    opened,
    remove,
    remove_and_renumber,
    remove_the_first,
    rewrite,
    spoil,
    swap,
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"), "ada", "bob")


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    for number in range(6):
        made.append(Draft("intent", {"n": number}, "run", "step", "user/x"))
    return made


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


def test_a_missing_end_needs_an_anchor(journal: SqliteJournal, tmp_path: Path) -> None:
    with opened(tmp_path / "j") as db:
        cut(db)
    assert verify_journal(tmp_path / "j").status == "open_end"
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "heads", None))
    assert found.status == "broken"
    assert found.reason == "it ends at entry 4, but entry 5 was shipped: its end is gone"


def test_a_chain_that_was_written_anew_needs_an_anchor(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    with opened(tmp_path / "j") as db:
        rewrite(db)
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


def test_a_checkpoint_is_signed(journal: SqliteJournal, tmp_path: Path, people: People) -> None:
    head = journal.head()
    assert head is not None
    file = tmp_path / "checkpoint.json"
    write_checkpoint(head, people.key("ada"), file)
    read, signer = read_checkpoint(file, people.allowed)
    assert (read, signer.principals) == (head, frozenset({"ada"}))
    anchored = verify_journal(tmp_path / "j", read_anchor(file, people.allowed))
    assert anchored.status == "intact"
    with pytest.raises(RekeyError, match="--allowed-signers"):
        read_anchor(file, None)
    checked = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", people.allowed, "-I", "ada", "-n", "rekey-checkpoint",
         "-s", f"{file}.sig"], input=file.read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, "OpenSSH alone can check it"
    file.write_text(file.read_text().replace(head.hash, "0" * 64))
    with pytest.raises(SignatureError, match="not good"):
        read_anchor(file, people.allowed)
    file.with_name("checkpoint.json.sig").unlink()
    with pytest.raises(SignatureError, match="cannot be read"):
        read_anchor(file, people.allowed)


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


@pytest.mark.parametrize(
    "text", ["", "\n\n", "nothing", '{"seq": 1}', "[]\n", "\x00", "[" * 10_000]
)
def test_what_is_no_anchor(text: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(RekeyError, match="no head"):
        read_anchor(tmp_path / "a", None)


def test_what_is_no_journal(tmp_path: Path) -> None:
    for missing in (tmp_path / "j", tmp_path):
        with pytest.raises(RekeyError, match="no such journal"):
            verify_journal(missing)


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


def test_a_checkpoint_knows_the_end_where_nothing_is_shipped(
    people: People, tmp_path: Path
) -> None:
    made = SqliteJournal(tmp_path / "j")
    for number in range(6):
        made.append(Draft("intent", {"n": number}))
    head = made.head()
    assert head is not None
    made.close()
    folder = tmp_path / "checkpoints"
    write_checkpoint(head, people.key("ada"), folder / "run-7.json")
    (folder / "run-900.json").write_text('{"forged": true}')
    known = last_checkpoint(folder, people.allowed)
    assert known == head
    SqliteJournal(tmp_path / "j", known=[known]).close()
    with opened(tmp_path / "j") as db:
        cut(db)
    with pytest.raises(JournalBroken, match="its end is gone"):
        SqliteJournal(tmp_path / "j", known=[known])


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


def test_a_torn_line_spoils_neither_the_anchor_nor_the_next(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    """A full disk tears the last line; what is shipped next begins a new one."""
    journal.close()
    heads = (tmp_path / "heads").read_text()
    (tmp_path / "heads").write_text(heads[:-60])
    again = SqliteJournal(tmp_path / "j", [FileSink(tmp_path / "heads")])
    again.append(Draft("a"))
    told: list[str] = []
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "heads", None, told.append))
    assert (found.status, found.anchored_to) == ("intact", 8)
    assert [line.rpartition("heads:")[2] for line in told] == ["7: no head of a journal"]


def test_a_log_of_syslog_is_an_anchor(journal: SqliteJournal, tmp_path: Path) -> None:
    lines = (tmp_path / "heads").read_text().splitlines()
    log = "".join(f"Nov 24 03:00:01 host rekey-journal: {line}\n" for line in lines)
    (tmp_path / "log").write_text("Nov 24 03:00:00 host sshd: hello\n" + log)
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "log", None))
    assert found.status == "intact"
