"""How many entries a second, each on the disk; beside SQLite and the disk alone."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from rekey.journal.interface import Draft
from rekey.journal.sinks import FileSink
from rekey.journal.sqlite import SqliteJournal

ENTRIES = 1000
PAYLOAD = {
    "action": "aws.disable_access_key", "target": "AKIA0123456789ABCDEF", "marker": "m" * 30,
    "before": {"effect": "absent", "ours": False, "state": {"keys": ["k" * 80]}, "facts": {}},
}  # fmt: skip
"""As large as an intent usually is."""


def journals(folder: Path) -> dict[str, float]:
    """Measure appends a second: bare writes, bare SQLite, the journal, the journal with a sink."""
    return {
        "write and fsync": _rate(_disk(folder / "plain")),
        "SQLite, one row a transaction": _rate(_sqlite(folder / "bare.db")),
        "journal": _rate(_journal(folder / "journal")),
        "journal that ships its heads to a file": _rate(
            _journal(folder / "shipping", FileSink(folder / "heads"))
        ),
    }


def _rate(append: Callable[[], object]) -> float:
    for _ in range(20):
        append()
    started = time.perf_counter()
    for _ in range(ENTRIES):
        append()
    return ENTRIES / (time.perf_counter() - started)


def _disk(path: Path) -> Callable[[], object]:
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def append() -> None:
        os.write(handle, b"x" * 600)
        os.fsync(handle)

    return append


def _sqlite(path: Path) -> Callable[[], object]:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, payload TEXT)")
    return lambda: db.execute("INSERT INTO entries (payload) VALUES (?)", ("x" * 600,))


def _journal(path: Path, *sinks: FileSink) -> Callable[[], object]:
    journal = SqliteJournal(path, sinks)
    return lambda: journal.append(Draft("intent", PAYLOAD, "run", "1-disable_key", "aws/1/user"))
