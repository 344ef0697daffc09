"""Checkpoints: signed heads, which OpenSSH alone can check, and which know the end."""

import subprocess
from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.journal.chain import JournalBroken
from rekey.journal.checkpoint import last_checkpoint, read_checkpoint, write_checkpoint
from rekey.journal.interface import Draft
from rekey.journal.sqlite import SqliteJournal
from rekey.journal.ssh_signature import SignatureError
from rekey.journal.verify import read_anchor, verify_journal
from tests.fakes.people import People
from tests.journal.tampering import cut, opened


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
