"""The way back: from rows of the store to the raw records behind them, redacted.

Only a few events are ever asked for (those behind an alert, or on a timeline), so the file is read
once more, in order, and nothing but the wanted lines is parsed. A row's number alone proves nothing:
a spool's lines name themselves, and a line of the user's own file is checked by its registry key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from rekey.collect import Changed, Loaded
from rekey.converters.duckdb.sql import literal
from rekey.converters.registry import LogSourceFields
from rekey.database import SuspectSegment
from rekey.event import Where
from rekey.pipe import piped
from rekey.scan import key_sql
from rekey.sources.check import Checker
from rekey.sources.interface import InputFile, Segment
from rekey.sources.mend import mended
from rekey.sources.redact import redact_document
from rekey.store import Store


@dataclass(frozen=True)
class RawRecord:
    """A raw record: the vendor's own document, redacted, what wrapped it, and its place."""

    document: dict[str, Any]
    context: str | None
    where: Where


def raw_records(
    store: Store, seqs: Sequence[int], files: Mapping[int, InputFile]
) -> dict[int, RawRecord]:
    """Read raw records.

    Args:
        store: the run's store, settled.
        seqs: store ids of the wanted events, of one source.
        files: input files by number, for their names.

    Returns:
        Records by store id, redacted.

    Raises:
        Changed: a file is not what it was when it was scanned.
        SuspectSegment: records of direct files are none that the tolerant path would take.
    """
    by_segment: dict[int, tuple[Loaded, list[tuple[int, int]]]] = {}
    source = store.plans[store.locate(seqs[0])[0]].layout.source if seqs else None
    for seq in sorted(seqs):
        _, loaded, number = store.locate(seq)
        by_segment.setdefault(id(loaded), (loaded, []))[1].append((seq, number))
    found: dict[int, RawRecord] = {}
    suspect: list[Segment] = []
    for loaded, wanted in by_segment.values():
        if source is None:
            break
        if loaded.segment.direct:
            name = files[loaded.segment.file].path
            checker = Checker(source)
            for seq, (number, line) in _direct(store, source, loaded, wanted).items():
                if (document := _document(line, source, checker)) is None:
                    suspect.append(loaded.segment)
                    break
                found[seq] = RawRecord(document, None, Where(name, number))
        else:
            found |= _spooled(store, source, loaded.segment.path, wanted, files)
    if suspect:
        raise SuspectSegment(*suspect)
    return found


def _document(line: bytes, source: LogSourceFields, checker: Checker) -> dict[str, Any] | None:
    """Parse a record as the tolerant path does; ``None`` where that would set it aside.

    DuckDB is content with some texts that are no JSON, and of what nobody had asked for it did not
    see the type.
    """
    value = mended(line)
    if not isinstance(value, dict):
        return None
    document = redact_document(value, source)
    return document if checker.fault(document) is None else None


def _spooled(
    store: Store,
    source: LogSourceFields,
    path: Path,
    wanted: Sequence[tuple[int, int]],
    files: Mapping[int, InputFile],
) -> dict[int, RawRecord]:
    """Find lines of a spool by the part, file and record number with which each begins."""
    places = store.places(source.name, [seq for seq, _ in wanted])
    by_start = {
        b'{"p":%d,"f":%d,"r":%d' % (part, file, record): seq
        for seq, (part, file, record) in places.items()
    }
    found: dict[int, RawRecord] = {}
    with path.open("rb") as spool:
        for line in spool:
            seq = by_start.get(line[: line.find(b',"c":')])
            if seq is not None:
                data = orjson.loads(line)
                where = Where(files[data["f"]].path, data["r"])
                found[seq] = RawRecord(redact_document(data["d"], source), data["c"], where)
                if len(found) == len(by_start):
                    break
    return found


def _direct(
    store: Store, source: LogSourceFields, loaded: Loaded, wanted: Sequence[tuple[int, int]]
) -> dict[int, tuple[int, bytes]]:
    """Find lines of the user's file by their number; their keys must be those that were surveyed.

    Raises:
        Changed: they are not.
    """
    seqs, numbers = [seq for seq, _ in wanted], [number for _, number in wanted]
    keys = store.keys(source.name, seqs)
    found = dict(zip(seqs, loaded.lines.records(numbers, of=loaded.rows), strict=False))
    if [keys[seq] for seq in seqs] != _keys_of(store, source, [line for _, line in found.values()]):
        raise Changed(loaded.segment.path)
    return found


def _keys_of(
    store: Store, source: LogSourceFields, lines: Sequence[bytes]
) -> list[int | None] | None:
    """Hash the keys of records; ``None`` where one of them is no record."""
    numbered = (b'{"n":%d,"d":%b}\n' % (i, line.rstrip()) for i, line in enumerate(lines))
    columns = "{n: 'BIGINT', d: 'JSON'}"
    try:
        with piped(numbered) as pipe:
            rows = store.db.execute(
                f"""SELECT n, {key_sql(source, "d::VARCHAR")} FROM read_json({literal(pipe)},
                    format = 'newline_delimited', columns = {columns}) ORDER BY n"""
            ).fetchall()
    except duckdb.InvalidInputException:
        return None
    return [key for _, key in rows]
