"""Is the journal whole, and up to where can that be known?

The chain shows every change, removal and reordering before its last entry. It cannot show that the
end was cut off: a shorter chain is a whole one too. Only a head that was kept elsewhere (an
*anchor*: the shipped heads, or a signed checkpoint) shows that. So without an anchor the answer is
"intact to entry N, later unknown", and it has an exit code of its own.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from rekey.errors import ExitCode, Place, RekeyError
from rekey.journal import chain, schema
from rekey.journal.anchor import read_anchor
from rekey.journal.chain import JournalBroken
from rekey.journal.interface import Head

__all__ = ["Verdict", "read_anchor", "verify_journal"]


@dataclass(frozen=True)
class Verdict:
    """What is known about a journal.

    Attributes:
        status: ``intact``: whole, and its last entry stands in an anchor. ``open_end``: whole as
            far as it reaches, its end unknown beyond ``anchored_to``. ``broken``: altered or cut.
        entries: how many there are.
        anchored_to: the last entry that an anchor vouches for; 0 without an anchor.
        reason: what is wrong with a broken one, and at which entry.
    """

    status: Literal["intact", "open_end", "broken"]
    entries: int
    anchored_to: int = 0
    reason: str = ""


def verify_journal(path: Path, anchors: Iterable[Head] = ()) -> Verdict:
    """Check the file, every hash of it, and every anchor against it.

    Raises:
        RekeyError: there is no file, or the system does not let it be read.
    """
    known = sorted(anchors, key=lambda head: head.seq)
    try:
        with _opened(path) as db:
            if why := schema.fault(db):
                raise JournalBroken(why)
            journal, hashes = chain.check(chain.rows(db))
        for head in known:
            chain.check_head(head, journal, hashes)
    except JournalBroken as error:
        return Verdict("broken", 0, reason=error.message)
    except sqlite3.Error as error:
        if _is_of_system(error):
            why = f"cannot be read: {error}"
            raise _SystemRefused(why, place=Place(path)) from error
        return Verdict("broken", 0, reason=f"the file is damaged: {error}")
    last, anchored = len(hashes), max((head.seq for head in known), default=0)
    return Verdict("intact" if anchored == last else "open_end", last, anchored)


class _SystemRefused(RekeyError):
    exit_code = ExitCode.SYSTEM


_OF_SYSTEM: Final = frozenset({
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL,
})  # fmt: skip
"""Codes that say nothing about the file: https://www.sqlite.org/rescode.html."""


def _is_of_system(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_SYSTEM


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open read-only, so that looking at evidence does not touch it.

    Where nothing can be written (a copy on a read-only disk), SQLite cannot make the index of its
    log; where there is no log either, it needs none. https://www.sqlite.org/wal.html#readonly
    """
    if not path.is_file():
        raise RekeyError(
            "there is no such journal",
            place=Place(path),
            hint="The settings name it under journal.path; by default it is rekey.journal.",
        )
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            log = path.with_name(path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
            db.close()
            db = sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)
        yield db
    finally:
        db.close()
