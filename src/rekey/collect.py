"""Reading in full: the few records that rules may be about are cut out of their files and scanned.

They go from the files to DuckDB through a pipe, so that no unredacted record is ever put down. A
thread cuts while DuckDB scans: both leave Python's lock alone most of the time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from rekey.converters.duckdb.layout import Layout
from rekey.database import beside
from rekey.errors import ExitCode, Place, RekeyError
from rekey.lines import Lines
from rekey.pipe import piped
from rekey.scan import KEY, full_sql
from rekey.sources.interface import Segment

_BATCH: Final = 20_000

_PIPED: Final = 64 << 20
"""Bytes that go through one pipe."""


class Changed(RekeyError):
    """A log was changed while it was read."""

    exit_code = ExitCode.SYSTEM

    def __init__(self, path: Path) -> None:
        super().__init__(
            "was changed while it was read",
            place=Place(path),
            hint="Copy the log, or wait until it was rotated, and run again.",
        )


@dataclass(frozen=True)
class Loaded:
    """A segment in the store: its first row, its number of rows, and its lines."""

    segment: Segment
    first: int
    rows: int
    lines: Lines = field(compare=False)


@dataclass(frozen=True)
class Wanted:
    """Which rows of a source are to be read in full.

    Attributes:
        table: has the columns ``row`` and ``part``.
        surveyed: the table that ``row`` counts in.
        base: what is added to a row for its store id.
        loaded: where the rows come from, in order.
    """

    table: str
    surveyed: str
    base: int
    loaded: tuple[Loaded, ...]


def collect(db: duckdb.DuckDBPyConnection, layout: Layout, wanted: Wanted, into: str) -> None:
    """Read rows in full, into a table with the columns of :func:`rekey.scan.full_sql`.

    DuckDB keeps the order of lines, but a log may be rotated while it is read. So each record is
    checked by its key.

    Raises:
        OSError: a file cannot be read any more.
        Changed: a file is not what it was.
        duckdb.Error: no room is left.
    """
    verb, batches = f"CREATE OR REPLACE TABLE {into} AS", _Batches(_records(db, wanted))
    while not batches.ended:
        with piped(batches.next()) as pipe:
            db.execute(f"{verb} {full_sql(layout, pipe)}")
        verb = f"INSERT INTO {into}"
    if (row := _missing(db, wanted, into)) is not None:
        (changed,) = (one for one in wanted.loaded if one.first <= row < one.first + one.rows)
        raise Changed(changed.segment.path)


class _Batches:
    """Lines in batches: DuckDB keeps all that comes through a pipe until the statement ends.

    Args:
        lines: all of them.

    Attributes:
        ended: there are no more.
    """

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self.ended = lines, False

    def next(self) -> Iterator[bytes]:
        """Yield the lines of the next batch; there is one at least, which may be empty."""
        size = 0
        for line in self._lines:
            yield line
            size += len(line)
            if size >= _PIPED:
                return
        self.ended = True


def _records(db: duckdb.DuckDBPyConnection, wanted: Wanted) -> Iterator[bytes]:
    """Yield the lines for DuckDB; runs in a thread, with a cursor of its own."""
    with beside(db) as cursor:
        for loaded in wanted.loaded:
            rows = _rows(cursor, wanted, loaded)
            pending: list[tuple[int, int]] = []
            numbers = _noting(rows, loaded.first, pending)
            for _, line in loaded.lines.records(numbers, of=loaded.rows):
                row, part = pending.pop()
                if loaded.segment.direct:
                    yield b'{"s":%d,"p":%d,"c":null,"d":%b}\n' % (
                        wanted.base + row, part, line.rstrip(),
                    )  # fmt: skip
                else:
                    yield b'{"s":%d,%b' % (wanted.base + row, line[1:])


def _rows(
    cursor: duckdb.DuckDBPyConnection, wanted: Wanted, loaded: Loaded
) -> Iterator[tuple[int, int]]:
    found = cursor.execute(
        f"SELECT row, part FROM {wanted.table} WHERE row >= ? AND row < ? ORDER BY row",
        [loaded.first, loaded.first + loaded.rows],
    )
    while batch := found.fetchmany(_BATCH):
        yield from batch


def _noting(
    rows: Iterable[tuple[int, int]], first: int, pending: list[tuple[int, int]]
) -> Iterator[int]:
    """Yield each row's number in its segment, and keep the row for whoever gets the record."""
    for row, part in rows:
        pending.append((row, part))
        yield row - first


def _missing(db: duckdb.DuckDBPyConnection, wanted: Wanted, into: str) -> int | None:
    """Give a row of which not the very record that was surveyed has been read."""
    last = wanted.loaded[-1]
    other = f"""SELECT w.row
        FROM {wanted.table} w JOIN {wanted.surveyed} s ON s.rowid = w.row
        LEFT JOIN {into} f ON f.seq = w.row + {wanted.base} AND f.{KEY} IS NOT DISTINCT FROM s.{KEY}
        WHERE f.seq IS NULL AND w.row >= {wanted.loaded[0].first} AND w.row < {last.first + last.rows}
        LIMIT 1"""
    found = db.execute(other).fetchone()
    return None if found is None else int(found[0])
