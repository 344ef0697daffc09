"""The way back: from rows of the store to the raw records behind them, redacted.

Only a few events are ever asked for (those behind an alert, or on a timeline), so the file is read
once more, in order, and nothing but the wanted lines is parsed. DuckDB reads a file in chunks that
may change places, so a row's number alone proves nothing: a spool's lines name themselves, and a
line of the user's own file is checked by its registry key, and searched for if it is another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from rekey.converters.duckdb.sql import literal
from rekey.converters.registry import LogSourceFields
from rekey.event import Where
from rekey.scan import key_sql
from rekey.sources.interface import InputFile
from rekey.sources.redact import redact_document
from rekey.store import Loaded, Store

_BLOCK: Final = 1 << 16
"""Bytes read at once: so many that a call costs nothing, so few that they stay in the cache."""

_SHORTEST: Final = 20
"""Bytes; a shorter line may be blank."""


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
    """
    by_segment: dict[int, tuple[Loaded, list[tuple[int, int]]]] = {}
    source = store.plans[store.locate(seqs[0])[0]].layout.source if seqs else None
    for seq in sorted(seqs):
        _, loaded, number = store.locate(seq)
        by_segment.setdefault(id(loaded), (loaded, []))[1].append((seq, number))
    found: dict[int, RawRecord] = {}
    for loaded, wanted in by_segment.values():
        if source is None:
            break
        if loaded.segment.direct:
            name = files[loaded.segment.file].path
            for seq, (number, line) in _direct(store, source, loaded, wanted).items():
                document = redact_document(orjson.loads(line), source)
                found[seq] = RawRecord(document, None, Where(name, number))
        else:
            found |= _spooled(store, source, loaded.segment.path, wanted, files)
    return found


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
    """Find lines of the user's file by their number; those that moved by their key."""
    path = loaded.segment.path
    keys = store.keys(source.name, [seq for seq, _ in wanted])
    numbers = [number for _, number in wanted]
    for read in (lines_at, read_lines):
        places = zip((seq for seq, _ in wanted), read(path, numbers), strict=True)
        found = dict(places)
        others = _keys_of(store, source, [line for _, line in found.values()])
        moved = {
            key: seq
            for (seq, key), other in zip(((s, keys[s]) for s in found), others, strict=True)
            if key is not None and key != other
        }
        if not moved:
            return found
    return found | _search(store, source, path, moved)


def _keys_of(store: Store, source: LogSourceFields, lines: Sequence[bytes]) -> list[int | None]:
    spool = store.workdir / "check.ndjson"
    numbered = (b'{"n":%d,"d":%s}\n' % (i, line) for i, line in enumerate(lines))
    spool.write_bytes(b"".join(numbered))
    rows = store.db.execute(
        f"""SELECT n, {key_sql(source, "d::VARCHAR")} FROM read_json({literal(str(spool))},
            format = 'newline_delimited', columns = {{n: 'BIGINT', d: 'JSON'}}) ORDER BY n"""
    ).fetchall()
    spool.unlink()
    return [key for _, key in rows]


def _search(
    store: Store, source: LogSourceFields, path: Path, wanted: Mapping[int, int]
) -> dict[int, tuple[int, bytes]]:
    """Look through the whole file for records with these keys (key → store id)."""
    rows = store.db.execute(
        f"""SELECT json::VARCHAR, key FROM (
              SELECT json, {key_sql(source, "json")} AS key
              FROM read_ndjson_objects({literal(str(path))}, compression = 'none'))
            WHERE key IN (SELECT unnest($1::UBIGINT[]))""",
        [list(wanted)],
    ).fetchall()
    texts = {text.encode(): wanted[key] for text, key in rows}
    found: dict[int, tuple[int, bytes]] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            seq = texts.get(line.strip())
            if seq is not None:
                found.setdefault(seq, (number, line))
    return found


def lines_at(path: Path, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield lines of a file by their number, quickly: lines are counted, and few are cut out.

    Args:
        path: an NDJSON file without blank lines; with them, other lines come out.
        numbers: ascending numbers of lines, from 0.
    """
    wanted = iter(numbers)
    target = next(wanted, None)
    first = 0
    for block in _blocks(path):
        if target is None:
            return
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        if target < first + count:
            lines = block.split(b"\n")
            while target is not None and target < first + count:
                yield target + 1, lines[target - first]
                target = next(wanted, None)
        first += count


def read_lines(path: Path, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the wanted records of an NDJSON file, with their physical line numbers from 1.

    Args:
        path: the file.
        numbers: ascending numbers of records, from 0; blank lines are no records.
    """
    wanted = iter(numbers)
    target = next(wanted, None)
    record = line_number = 0
    for lines in (block.removesuffix(b"\n").split(b"\n") for block in _blocks(path)):
        if target is None:
            return
        plain = all(map(bytes.strip, lines)) if _may_hold_blanks(lines) else True
        if plain:
            while target is not None and target < record + len(lines):
                yield line_number + target - record + 1, lines[target - record]
                target = next(wanted, None)
            record += len(lines)
        else:
            for offset, line in enumerate(lines, start=1):
                if line.strip():
                    while target == record:
                        yield line_number + offset, line
                        target = next(wanted, None)
                    record += 1
        line_number += len(lines)


def _may_hold_blanks(lines: Sequence[bytes]) -> bool:
    """A record is never shorter than ``{}``; telling lengths apart is quicker than stripping."""
    return min(map(len, lines), default=2) < _SHORTEST or any(line[:1].isspace() for line in lines)


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines, each line with its line feed; nothing else ends one."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block if block.endswith(b"\n") else block + file.readline()
