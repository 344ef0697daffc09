"""What somebody who can write a journal's file may do to it; the triggers do not stop him."""

import json
import sqlite3
from pathlib import Path

from rekey.journal.canonical_json import digest
from rekey.journal.sqlite import COLUMNS


def opened(path: Path) -> sqlite3.Connection:
    """Open the file as somebody would who has the rights to it: without the triggers."""
    db = sqlite3.connect(path, isolation_level=None)
    for name in ("entries_no_update", "entries_no_delete", "entries_in_order"):
        db.execute(f"DROP TRIGGER {name}")
    return db


def alter(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET payload = '{\"n\": 17}' WHERE seq = 4")


def spoil(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET payload = 'no JSON' WHERE seq = 4")


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
            (json.dumps(payload), parts["previous"], previous, parts["seq"]),
        )
