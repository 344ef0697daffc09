"""What somebody who can write a journal's file may do to it; the triggers do not stop him."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rekey.journal.canonical_json import canonical, digest
from rekey.journal.schema import COLUMNS


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as somebody would who has the rights to it; afterwards nothing shows it."""
    db = sqlite3.connect(path, isolation_level=None)
    kept = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in kept:
        db.execute(f"DROP TRIGGER {name}")
    try:
        yield db
        for _, sql in kept:
            db.execute(sql)
    finally:
        db.close()


def alter(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET payload = '{\"n\":17}' WHERE seq = 4")


def spoil(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET payload = 'no JSON' WHERE seq = 4")


def twice(db: sqlite3.Connection) -> None:
    """Put a key in front that readers of another kind would take, since it comes first."""
    db.execute("UPDATE entries SET payload = '{\"kind\":0,' || substr(payload, 2) WHERE seq = 4")


def spaced(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET payload = ' ' || payload WHERE seq = 4")


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


def cut(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM entries WHERE seq > 4")


def rewrite(db: sqlite3.Connection) -> None:
    """Change an entry, and make all hashes after it fit again."""
    previous = ""
    for row in db.execute(f"SELECT {COLUMNS} FROM entries ORDER BY seq").fetchall():
        parts = dict(zip(COLUMNS.split(", "), row, strict=True))
        payload = {"n": 99} if parts["seq"] == 4 else json.loads(parts["payload"])
        parts["previous"] = previous or parts["previous"]
        old = {key: value for key, value in parts.items() if key not in ("hash", "payload")}
        previous = digest({**old, "payload": payload})
        db.execute(
            "UPDATE entries SET payload = ?, previous = ?, hash = ? WHERE seq = ?",
            (canonical(payload).decode(), parts["previous"], previous, parts["seq"]),
        )
