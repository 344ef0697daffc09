"""The chain of hashes: does each entry follow from the one before it?"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rekey.errors import ExitCode
from rekey.journal.canonical_json import canonical, digest
from rekey.journal.interface import FIRST, Head, JournalError
from rekey.journal.schema import COLUMNS


class JournalBroken(JournalError):
    """The journal was altered, cut or replaced. Nothing is done, signed or reported by it."""

    exit_code = ExitCode.BROKEN


def rows(db: sqlite3.Connection) -> Iterator[Mapping[str, Any]]:
    """Read all entries in the order of the table itself, by no index."""
    names = COLUMNS.split(", ")
    for row in db.execute(f"SELECT {COLUMNS} FROM entries NOT INDEXED ORDER BY rowid"):
        yield dict(zip(names, row, strict=True))


def check(entries: Iterable[Mapping[str, Any]]) -> tuple[str, Sequence[str]]:
    """Check every hash; give the id of the journal, and the hashes in order.

    Raises:
        JournalBroken: one is wrong; says which entry.
    """
    hashes: list[str] = []
    journal = ""
    for row in entries:
        payload, why = _wrong(row, len(hashes) + 1, hashes[-1] if hashes else FIRST)
        if why:
            raise JournalBroken(f"entry {len(hashes) + 1}: {why}")
        if not hashes:
            journal = str(payload.get("journal"))
        hashes.append(row["hash"])
    if not hashes:
        raise JournalBroken("it is empty; even a new journal has one entry")
    return journal, hashes


def check_head(head: Head, journal: str, hashes: Sequence[str]) -> None:
    """Check that a head that was kept elsewhere is of this chain.

    Raises:
        JournalBroken: it is not.
    """
    last = len(hashes)
    if head.journal != journal:
        raise JournalBroken(f"the anchor belongs to another journal, {head.journal}")
    if not 0 < head.seq <= last:
        raise JournalBroken(
            f"it ends at entry {last}, but entry {head.seq} was shipped: its end is gone"
        )
    if hashes[head.seq - 1] != head.hash:
        raise JournalBroken(f"entry {head.seq}: not what was shipped; the chain was written anew")


def _wrong(row: Mapping[str, Any], seq: int, previous: str) -> tuple[Mapping[str, Any], str]:
    """Give the payload of a row, and what is wrong with it; empty if nothing is."""
    if row["seq"] != seq:
        return {}, f"missing; entry {row['seq']} follows"
    if row["previous"] != previous:
        return {}, "does not follow the one before it"
    try:
        payload = json.loads(row["payload"])
        # Byte by byte: another reader may take the first of two equal keys where we take the last.
        if not isinstance(payload, dict) or canonical(payload) != row["payload"].encode():
            return {}, "its payload is not canonical"
        parts = {name: row[name] for name in ("seq", "time", "kind", "run", "step", "subject",
                                              "due_at", "previous")}  # fmt: skip
        expected = digest({**parts, "payload": payload})
    except (ValueError, TypeError):
        return {}, "its payload is no JSON of a journal"
    except RecursionError:
        return {}, "its payload is nested too deep"
    return payload, "" if expected == row["hash"] else "its content does not give its hash"
