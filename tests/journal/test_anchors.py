"""A missing end, and a chain that was written anew, are found with an anchor."""

from pathlib import Path

import pytest

from rekey.errors import RekeyError
from rekey.journal.interface import Draft
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal
from rekey.journal.verify import read_anchor, verify_journal
from tests.journal.tampering import cut, opened, rewrite


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


@pytest.mark.parametrize(
    "text", ["", "\n\n", "nothing", '{"seq": 1}', "[]\n", "\x00", "[" * 10_000]
)
def test_what_is_no_anchor(text: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(RekeyError, match="no head"):
        read_anchor(tmp_path / "a", None)


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
