"""Tampered journals: every change is found, and a missing end is found with an anchor."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.journal.checkpoint import read_checkpoint, write_checkpoint
from rekey.journal.interface import Draft
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import COLUMNS, SqliteJournal
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
    opened(tmp_path / "j").execute(f"UPDATE entries SET {column} = {value} WHERE seq = {seq}")
    found = verify_journal(tmp_path / "j")
    assert found.status == "broken"
    assert f"entry {seq}" in found.reason or f"entry {seq + 1}" in found.reason


@pytest.mark.parametrize(
    "change", [alter, spoil, swap, remove, remove_and_renumber, remove_the_first, empty]
)
def test_altering_removing_and_reordering(
    change: Callable[[sqlite3.Connection], None], journal: SqliteJournal, tmp_path: Path
) -> None:
    change(opened(tmp_path / "j"))
    assert verify_journal(tmp_path / "j").status == "broken"


def test_a_missing_end_needs_an_anchor(journal: SqliteJournal, tmp_path: Path) -> None:
    cut(opened(tmp_path / "j"))
    assert verify_journal(tmp_path / "j").status == "open_end"
    found = verify_journal(tmp_path / "j", read_anchor(tmp_path / "heads", None))
    assert (found.status, found.entries) == ("broken", 4)
    assert "its end is gone" in found.reason


def test_a_chain_that_was_written_anew_needs_an_anchor(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    rewrite(opened(tmp_path / "j"))
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
