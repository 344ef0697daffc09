"""The tables of a journal's file, and whether a file has just these.

Whoever can write the file can put another index, view or trigger in their place: an index that lacks
some rows shows readers another journal than the table holds, and so the file is looked at as a whole
before a line of it is believed.
"""

import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import Final

VERSION: Final = 1
COLUMNS: Final = "seq, time, kind, run, step, subject, due_at, payload, previous, hash"

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


def statements() -> Iterator[str]:
    """Give the statements that make a journal; ``executescript`` would end the transaction."""
    text = ""
    for line in _SCHEMA.strip().splitlines():
        text += line + "\n"
        if sqlite3.complete_statement(text):
            yield text
            text = ""


def fault(db: sqlite3.Connection) -> str:
    """Say how a file differs from what rekey makes; empty if it does not.

    Raises:
        sqlite3.Error: it is damaged beyond that.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        return f"its version is {version}, and not {VERSION}"
    here, made = _objects(db), _made()
    for name in sorted(here.keys() | made.keys()):
        if here.get(name) != made.get(name):
            how = "altered" if name in here and name in made else (
                "missing" if name in made else "foreign"
            )  # fmt: skip
            return f"the {name} is {how}"
    # Indexes hold every row, rows fit their types, pages are whole.
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    return "" if found == "ok" else f"the file is damaged: {found}"


def _objects(db: sqlite3.Connection) -> dict[str, str | None]:
    rows = db.execute("SELECT type || ' ' || name, sql FROM sqlite_schema").fetchall()
    return dict(rows)


@cache
def _made() -> dict[str, str | None]:
    db = sqlite3.connect(":memory:")
    try:
        for statement in statements():
            db.execute(statement)
        return _objects(db)
    finally:
        db.close()
