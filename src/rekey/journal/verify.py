"""Is the journal whole, and up to where can that be known?

The chain shows every change, removal and reordering before its last entry. It cannot show that the
end was cut off: a shorter chain is a whole one too. Only a head that was kept elsewhere (an
*anchor*: the shipped heads, or a signed checkpoint) shows that. So without an anchor the answer is
"intact to entry N, later unknown", and it has an exit code of its own.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rekey.errors import Place, RekeyError
from rekey.journal.canonical_json import digest
from rekey.journal.checkpoint import head_of, is_checkpoint, read_checkpoint
from rekey.journal.interface import FIRST, Head
from rekey.journal.sqlite import COLUMNS


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
    """Check every hash of a journal, and every anchor against it.

    Raises:
        RekeyError: there is no file, or it is no database.
    """
    hashes: dict[int, str] = {}
    journal = ""
    for row in _rows(path):
        seq, previous = len(hashes) + 1, hashes.get(len(hashes), FIRST)
        reason = _wrong(row, seq, previous)
        if reason:
            return Verdict("broken", len(hashes), reason=f"entry {seq}: {reason}")
        hashes[seq] = row["hash"]
        if seq == 1:
            journal = str(json.loads(row["payload"]).get("journal"))
    if not hashes:
        return Verdict("broken", 0, reason="it is empty; even a new journal has one entry")
    return _against(list(anchors), journal, hashes)


def read_anchor(path: Path, allowed: Path | None) -> list[Head]:
    """Read an anchor: a file of shipped heads (one JSON line each), or a signed checkpoint.

    Raises:
        RekeyError: neither; or a checkpoint without a good signature, or no allowed signers given.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RekeyError("cannot be read as text", place=Place(path)) from error
    if is_checkpoint(text):
        if allowed is None:
            raise RekeyError(
                "is a checkpoint: its signature needs --allowed-signers", place=Place(path)
            )
        return [read_checkpoint(path, allowed)[0]]
    heads = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            heads.append(head_of(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise RekeyError("is no head of a journal", place=Place(path, number)) from error
    return heads


def _against(anchors: list[Head], journal: str, hashes: Mapping[int, str]) -> Verdict:
    last = len(hashes)
    for head in sorted(anchors, key=lambda head: head.seq):
        if head.journal != journal:
            return Verdict("broken", last, reason="the anchor belongs to another journal")
        if head.seq > last:
            reason = f"it ends at entry {last}, but entry {head.seq} was shipped: its end is gone"
            return Verdict("broken", last, reason=reason)
        if hashes.get(head.seq) != head.hash:
            reason = f"entry {head.seq}: not what was shipped; the chain was written anew"
            return Verdict("broken", last, reason=reason)
    anchored = max((head.seq for head in anchors), default=0)
    return Verdict("intact" if anchored == last else "open_end", last, anchored)


def _wrong(row: Mapping[str, Any], seq: int, previous: str) -> str:
    """Say what is wrong with a row; empty if nothing is."""
    if row["seq"] != seq:
        return f"missing; entry {row['seq']} follows"
    if row["previous"] != previous:
        return "does not follow the one before it"
    try:
        payload = json.loads(row["payload"])
    except (ValueError, TypeError):
        return "its payload is no JSON"
    parts = {name: row[name] for name in ("seq", "time", "kind", "run", "step", "subject",
                                          "due_at", "previous")}  # fmt: skip
    try:
        expected = digest({**parts, "payload": payload})
    except TypeError:
        return "its payload is not canonical"
    return "" if expected == row["hash"] else "its content does not give its hash"


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if not path.is_file():
        raise RekeyError("there is no such journal", place=Place(path))
    try:
        db = _opened(path)
        try:
            db.row_factory = sqlite3.Row
            yield from map(dict, db.execute(f"SELECT {COLUMNS} FROM entries ORDER BY rowid"))
        finally:
            db.close()
    except sqlite3.Error as error:
        raise RekeyError(f"is no journal that can be read: {error}", place=Place(path)) from error


def _opened(path: Path) -> sqlite3.Connection:
    """Open read-only, so that looking at evidence does not touch it.

    Where nothing can be written (a copy on a read-only disk), SQLite cannot make the index of its
    log; where there is no log either, it needs none. https://www.sqlite.org/wal.html#readonly
    """
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        db.close()
        log = path.with_name(path.name + "-wal")
        if not isinstance(error, sqlite3.OperationalError) or (log.exists() and log.stat().st_size):
            raise
        db = sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)
    return db
