"""The journal in one SQLite file.

WAL with ``synchronous=FULL``: when :meth:`SqliteJournal.append` returns, the entry survives a power
cut (https://www.sqlite.org/pragma.html#pragma_synchronous). Triggers refuse UPDATE, DELETE and an
INSERT that is not the next number, which also stops ``INSERT OR REPLACE``. Whoever can write the
file can remove the triggers; the hash chain shows what he did, see :mod:`rekey.journal.verify`.
"""

import json
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rekey.errors import Place
from rekey.journal.canonical_json import canonical
from rekey.journal.interface import (
    FIRST,
    Condition,
    Draft,
    Entry,
    Head,
    JournalError,
    Sink,
    entry_hash,
    stamp,
)

VERSION: Final = 1
_BUSY_SECONDS: Final = 30.0

_SCHEMA: Final = """
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, run TEXT, step TEXT,
  subject TEXT, due_at TEXT, payload TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE INDEX entries_by_run ON entries (run, seq);
CREATE INDEX entries_by_subject ON entries (subject, seq);
CREATE INDEX entries_by_kind ON entries (kind, seq);
CREATE TABLE shipped (sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
  WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""
COLUMNS: Final = "seq, time, kind, run, step, subject, due_at, payload, previous, hash"


class SqliteJournal:
    """A journal in one file, made on first use, readable by its owner only."""

    def __init__(
        self,
        path: Path,
        sinks: Sequence[Sink] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path, self._sinks, self._now = path, tuple(sinks), now
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._prepare()
        self._id = str(next(self.entries()).payload["journal"])
        self._ship()

    @property
    def id(self) -> str:
        """The id given when it was made."""
        return self._id

    def append(self, draft: Draft, condition: Condition | None = None) -> Entry:
        """Write one entry and return when it is on the disk; then ship its head."""
        with self._errors(), self._transaction():
            if condition is not None:
                condition(self)
            entry = self._insert(draft)
        self._ship()
        return entry

    def entries(
        self, *, run: str | None = None, kind: str | None = None, subject: str | None = None
    ) -> Iterator[Entry]:
        """Give entries in order, all or those with these values."""
        wanted = {"run": run, "kind": kind, "subject": subject}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in given) or "true"
        with self._errors():
            rows = self._db.execute(
                f"SELECT {COLUMNS} FROM entries WHERE {where} ORDER BY seq", given
            ).fetchall()
        return (entry_of(row) for row in rows)

    def head(self) -> Head | None:
        """Give the end of the chain."""
        heads = self._heads("ORDER BY seq DESC LIMIT 1", ())
        return heads[0] if heads else None

    def unshipped(self) -> Mapping[str, int]:
        """Give for each sink that lags how many heads it lacks."""
        end = self._last()[0]
        lags = {sink.name: end - self._shipped(sink.name) for sink in self._sinks}
        return {name: lag for name, lag in lags.items() if lag}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _prepare(self) -> None:
        """Make the tables in an empty file; refuse a file of another kind or version."""
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version == VERSION:
                return
            if tables or version:
                raise JournalError(
                    "is no journal of this version of rekey", place=Place(self._path)
                )
            for statement in _statements(_SCHEMA):
                self._db.execute(statement)
            self._insert(Draft("journal_made", {"journal": str(uuid.uuid4()), "version": VERSION}))
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _insert(self, draft: Draft) -> Entry:
        last, previous = self._last()
        seq, time = last + 1, self._now()
        text = canonical(draft.payload).decode("ascii")
        payload: dict[str, Any] = json.loads(text)
        hash = entry_hash(seq, time, draft, previous, payload)
        due = stamp(draft.due_at) if draft.due_at else None
        row = (seq, stamp(time), draft.kind, draft.run, draft.step, draft.subject, due, text,
               previous, hash)  # fmt: skip
        self._db.execute(f"INSERT INTO entries ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        return entry_of(row)

    def _last(self) -> tuple[int, str]:
        row = self._db.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, FIRST)

    def _ship(self) -> None:
        """Bring every sink up to date; one that fails is tried again with the next entry."""
        for sink in self._sinks:
            done = self._shipped(sink.name)
            heads = self._heads("WHERE seq > ? ORDER BY seq", (done,))
            if not heads:
                continue
            with suppress(OSError):
                sink.ship(heads)
                with self._errors():
                    self._db.execute(
                        "INSERT INTO shipped VALUES (?, ?) ON CONFLICT (sink)"
                        " DO UPDATE SET seq = max(seq, excluded.seq)",
                        (sink.name, heads[-1].seq),
                    )

    def _shipped(self, sink: str) -> int:
        row = self._db.execute("SELECT seq FROM shipped WHERE sink = ?", (sink,)).fetchone()
        return int(row[0]) if row else 0

    def _heads(self, tail: str, values: tuple[object, ...]) -> list[Head]:
        with self._errors():
            rows = self._db.execute(f"SELECT {COLUMNS} FROM entries {tail}", values).fetchall()
        return [Head(self._id, e.seq, e.hash, e.time, e.kind, e.run) for e in map(entry_of, rows)]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"the journal cannot be used: {error}",
                place=Place(self._path),
                hint="Nothing is done without a journal. Free the disk, mend the rights, or name "
                "another file.",
            ) from error


def entry_of(row: Sequence[Any]) -> Entry:
    """Read a row of the table ``entries``."""
    seq, time, kind, run, step, subject, due, payload, previous, hash = row
    return Entry(
        seq, datetime.fromisoformat(time), kind, run, step, subject,
        datetime.fromisoformat(due) if due else None, json.loads(payload), previous, hash,
    )  # fmt: skip


def _statements(script: str) -> Iterator[str]:
    """Split the schema where statements end; ``executescript`` would end the transaction."""
    text = ""
    for line in script.strip().splitlines():
        text += line + "\n"
        if sqlite3.complete_statement(text):
            yield text
            text = ""
