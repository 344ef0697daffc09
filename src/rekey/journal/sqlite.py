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
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rekey.errors import Place
from rekey.journal import chain
from rekey.journal.canonical_json import canonical
from rekey.journal.chain import JournalBroken
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
from rekey.journal.schema import COLUMNS, VERSION, fault, statements

_BUSY_SECONDS: Final = 30.0
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class SqliteJournal:
    """A journal in one file, made on first use, readable by its owner only.

    It is checked as a whole when it is opened: nobody acts on, signs or reports what was altered.

    Args:
        path: of the file.
        sinks: where heads go.
        now: tells the time.
        known: heads that are vouched for elsewhere, such as the last checkpoint.

    Raises:
        JournalBroken: it was altered, cut or replaced. JournalError: it cannot be used.
    """

    def __init__(
        self,
        path: Path,
        sinks: Sequence[Sink] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        known: Sequence[Head] = (),
    ) -> None:
        self._path, self._sinks, self._now = path, tuple(sinks), now
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            # One that is there is left alone: who closes a file gives up all locks that his process has
            # on it, and SQLite's with them (https://www.sqlite.org/howtocorrupt.html, 2.2).
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            if not path.stat().st_size:  # before SQLite writes into it
                self._refuse_if_known(known)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            with ExitStack() as unless_whole:
                unless_whole.callback(self._db.close)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                self._prepare(known)
                self._id = self._checked(known)
                unless_whole.pop_all()
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

    def _prepare(self, known: Sequence[Head]) -> None:
        """Make the tables in an empty file; refuse a file of another kind."""
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if version == VERSION:
                return
            if tables or version:
                raise JournalError(
                    "is no journal of this version of rekey", place=Place(self._path)
                )
            self._refuse_if_known(known)
            for statement in statements():
                self._db.execute(statement)
            self._insert(Draft("journal_made", {"journal": str(uuid.uuid4()), "version": VERSION}))
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _refuse_if_known(self, known: Sequence[Head]) -> None:
        """Refuse to make a journal anew that others know to have had entries."""
        for head in (*known, *(last for sink in self._sinks if (last := _last_of(sink)))):
            raise JournalBroken(
                f"it is empty, and the journal {head.journal} is known to entry {head.seq}",
                place=Place(self._path),
                hint="Bring that file back. A new journal has heads and checkpoints of its own.",
            )

    def _checked(self, known: Sequence[Head]) -> str:
        """Check the file, the chain, and that it extends every head that is known; give its id."""
        # Before the rows are read: another process may write, and ship, at any time.
        lasts = {sink.name: _last_of(sink) for sink in self._sinks}
        self._db.execute("BEGIN")
        try:
            if why := fault(self._db):
                raise JournalBroken(why, place=Place(self._path))
            journal, hashes = chain.check(chain.rows(self._db))
            for head in (*known, *(last for last in lasts.values() if last)):
                chain.check_head(head, journal, hashes)
            shipped = dict(self._db.execute("SELECT sink, seq FROM shipped").fetchall())
        except JournalBroken as error:
            raise JournalBroken(
                error.message,
                place=Place(self._path),
                hint="Nothing is done with it. Keep it as evidence, and compare it with a copy and "
                "with shipped heads: rekey journal verify --anchor.",
            ) from error
        finally:
            self._db.execute("ROLLBACK")
        for name, last in lasts.items():
            # What a sink holds itself counts more than what we noted; neither is beyond our end.
            done = last.seq if last else min(shipped.get(name, 0), len(hashes))
            if done != shipped.get(name, 0):
                self._note_shipped(name, done)
        return journal

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
                with self._errors(), self._transaction():
                    # Another process may have come further meanwhile.
                    self._note_shipped(sink.name, max(heads[-1].seq, self._shipped(sink.name)))

    def _note_shipped(self, sink: str, seq: int) -> None:
        self._db.execute(
            "INSERT INTO shipped VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET seq = excluded.seq",
            (sink, seq),
        )

    def _shipped(self, sink: str) -> int:
        with self._errors():
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
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                raise JournalBroken(
                    f"the journal cannot be used: the file is damaged: {error}",
                    place=Place(self._path),
                ) from error
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


def _last_of(sink: Sink) -> Head | None:
    """Ask a sink for its last head; one that cannot be read tells nothing, and lags."""
    with suppress(OSError):
        return sink.last()
    return None
