"""The journal keeps what it was given, in order, and lets nobody change it."""

import itertools
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from rekey.journal.canonical_json import canonical, digest
from rekey.journal.interface import Draft, Head, Journal, JournalError
from rekey.journal.sqlite import SqliteJournal


def test_entries_come_back_as_they_went_in(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    due = datetime(2026, 12, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    written = journal.append(Draft("intent", {"a": [1, None, "é"]}, "r", "s", "user/x", due))
    again = list(SqliteJournal(tmp_path / "j").entries(run="r"))
    assert again == [written]
    assert again[0].due_at == due
    assert again[0].payload == {"a": [1, None, "é"]}


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "j")
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600


_ANOTHER = """
import sys
from contextlib import closing
from pathlib import Path
from rekey.journal.interface import Draft
from rekey.journal.sqlite import SqliteJournal
with closing(SqliteJournal(Path(sys.argv[1]))) as journal:
    journal.append(Draft("b"))
"""


def test_to_open_it_once_more_gives_up_no_lock_that_another_process_minds(tmp_path: Path) -> None:
    held = [SqliteJournal(tmp_path / "j") for _ in range(2)]
    held[0].append(Draft("a"))
    subprocess.run([sys.executable, "-c", _ANOTHER, str(tmp_path / "j")], check=True)
    # Who finds no lock takes himself for the last one, and clears up what is still in use.
    assert (tmp_path / "j-wal").exists()
    for each in held:
        assert [entry.kind for entry in each.entries()][1:] == ["a", "b"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET kind = 'x' WHERE seq = 1",
        "DELETE FROM entries WHERE seq = 2",
        "DELETE FROM entries",
        (
            "INSERT OR REPLACE INTO entries SELECT 1, time, 'x', run, step, subject, due_at, payload,"
            " previous, hash FROM entries WHERE seq = 1"
        ),
        (
            "INSERT INTO entries SELECT 9, time, 'x', run, step, subject, due_at, payload, previous,"
            " hash FROM entries WHERE seq = 1"
        ),
    ],
)
def test_sql_that_would_change_it_is_refused(statement: str, tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "j").append(Draft("a"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        sqlite3.connect(tmp_path / "j").execute(statement)


def test_every_append_waits_for_the_disk(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_condition_is_asked_within_the_append(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")

    def refuse(seen: Journal) -> None:
        raise JournalError("no")

    with pytest.raises(JournalError, match="no"):
        journal.append(Draft("a"), refuse)
    assert [entry.kind for entry in journal.entries()] == ["journal_made"]


def test_several_writers_make_one_chain(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "j")

    def write(name: str) -> None:
        own = SqliteJournal(tmp_path / "j")
        for number in range(10):
            own.append(Draft(name, {"n": number}))
        own.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = list(SqliteJournal(tmp_path / "j").entries())
    assert [entry.seq for entry in entries] == list(range(1, 32))
    assert all(b.previous == a.hash for a, b in itertools.pairwise(entries))


def test_another_file_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "other").executescript("CREATE TABLE t (a)")
    with pytest.raises(JournalError, match="no journal"):
        SqliteJournal(tmp_path / "other")
    (tmp_path / "text").write_text("not a database, and longer than a header would be" * 5)
    with pytest.raises(JournalError, match="cannot be used"):
        SqliteJournal(tmp_path / "text")


def test_a_sink_that_was_away_gets_what_it_missed(tmp_path: Path) -> None:
    class Sink:
        name = "sink"
        away = True

        def __init__(self) -> None:
            self.heads: list[Head] = []

        def ship(self, heads: list[Head]) -> None:
            if self.away:
                raise OSError("away")
            self.heads += heads

        def check(self) -> None:
            raise OSError("away")

        def last(self) -> Head | None:
            return None

    sink = Sink()
    journal = SqliteJournal(tmp_path / "j", [sink])  # type: ignore[list-item]
    journal.append(Draft("a"))
    assert journal.unshipped() == {"sink": 2}
    sink.away = False
    journal.append(Draft("b"))
    assert [head.kind for head in sink.heads] == ["journal_made", "a", "b"]
    assert journal.unshipped() == {}
    SqliteJournal(tmp_path / "j", [sink])  # type: ignore[list-item]
    assert len(sink.heads) == 3


def test_canonical_json() -> None:
    assert canonical({"b": 1, "a": [True, None, "é"]}) == b'{"a":[true,null,"\\u00e9"],"b":1}'
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    for wrong in (1.5, {"a": 0.1}, [float("nan")], {1: "a"}):
        with pytest.raises(TypeError):
            canonical(wrong)


def test_time_is_utc(tmp_path: Path) -> None:
    entry = SqliteJournal(tmp_path / "j").append(Draft("a"))
    assert entry.time.tzinfo is UTC
