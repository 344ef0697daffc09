"""All events of one source, narrow: one row each, which keeps its place in the files.

``rowid`` counts the records of a segment in order, so that a raw record is found again by its number
and no raw text is stored. A store id (``seq``) is a row plus the source's own base.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final

import duckdb

from rekey.collect import Loaded
from rekey.converters.duckdb.asked import plain_of
from rekey.converters.duckdb.plan import ScanPlan
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import CONTEXT
from rekey.database import BAD_DATA, SuspectSegment, no_room, one
from rekey.lines import Lines
from rekey.scan import KEY
from rekey.sources.interface import Segment
from rekey.survey import carries, is_sound, survey_sql

WORTH_AN_INDEX: Final = 8 << 20
"""Bytes of a file in which lines are not simply counted."""


class Surveyed:
    """The surveyed events of one source.

    Args:
        db: the run's database.
        plan: how the source is read.
        base: the store id of its first row.

    Attributes:
        loaded: the segments that were read, in order.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, plan: ScanPlan, base: int) -> None:
        self._db, self.plan, self.base = db, plan, base
        if plan.calls.names:
            db.execute(plan.calls.create_enum())
        source = plan.layout.source.name
        self.table, self._dropped = f"events_{source}", f"dropped_{source}"
        self.loaded: list[Loaded] = []
        self._firsts: list[int] = []
        self._has_dropped = False
        self._marks: list[dict[str | None, bool]] | None = None

    # -- reading ---------------------------------------------------------------------------

    def load(self, segment: Segment) -> int:
        """Read a segment; see :meth:`rekey.store.Store.load`."""
        first, lines = self._rows, Lines(segment.path)
        self._db.execute("BEGIN")
        try:
            with _indexing(lines):
                verb = f"INSERT INTO {self.table}"
                if first == 0:
                    verb = f"CREATE OR REPLACE TABLE {self.table} AS"
                self._db.execute(f"{verb} {survey_sql(self.plan, segment)}")
            rows = one(self._db, f"SELECT count(*) FROM {self.table}") - first
            suspect = (
                f"SELECT count(*) FROM {self.table} WHERE rowid >= {first} AND NOT {is_sound()}"
            )
            if segment.direct and one(self._db, suspect):
                raise SuspectSegment(segment)
        except (*BAD_DATA, SuspectSegment) as error:
            self._db.execute("ROLLBACK")
            raise SuspectSegment(segment) from error
        except duckdb.OperationalError as error:
            raise no_room(error) from error
        self._db.execute("COMMIT")
        self.loaded.append(Loaded(segment, first, rows, lines))
        self._firsts.append(first)
        return rows

    @property
    def _rows(self) -> int:
        return self.loaded[-1].first + self.loaded[-1].rows if self.loaded else 0

    def drop(self, until: datetime | None) -> None:
        """Leave out duplicates (all but the first), the poorer record of each pair, and late events.

        Args:
            until: events from then on are late.
        """
        self._db.execute(
            f"""CREATE OR REPLACE TABLE {self._dropped} AS
            SELECT row FROM (SELECT rowid AS row, row_number()
                                 OVER (PARTITION BY part, {KEY} ORDER BY rowid) AS n
                             FROM {self.table} WHERE (part, {KEY}) IN (
                                 SELECT (part, {KEY}) FROM {self.table} WHERE {KEY} IS NOT NULL
                                 GROUP BY part, {KEY} HAVING count(*) > 1))
            WHERE n > 1"""
        )
        if pair := self.plan.layout.source.pair:
            by, field = name(pair.by), name(pair.field)
            kept = f"{field} = {literal(pair.keep)}"
            self._db.execute(
                f"""INSERT INTO {self._dropped} SELECT rowid FROM {self.table} WHERE NOT ({kept})
                AND (part, {by}) IN (SELECT (part, {by}) FROM {self.table} WHERE {kept})"""
            )
        if until is not None:
            self._db.execute(
                f"INSERT INTO {self._dropped} SELECT rowid FROM {self.table} WHERE time >= ?",
                [until.astimezone(UTC).replace(tzinfo=None)],
            )
        self._has_dropped = one(self._db, f"SELECT count(*) FROM {self._dropped}") > 0

    # -- asking ----------------------------------------------------------------------------

    def living(self, condition: str = "true") -> str:
        """Give the rows that count, as the rest of a FROM."""
        table = f"{self.table} WHERE {condition}"
        if not self._has_dropped:
            return table
        return f"{table} AND rowid NOT IN (SELECT row FROM {self._dropped})"

    @property
    def seq(self) -> str:
        """The SQL of a row's store id."""
        return f"rowid + {self.base}"

    def extent(self) -> tuple[int, int, datetime | None, datetime | None]:
        """Give the number of events that count, of those that do not, and first and last time."""
        row = self._db.execute(
            f"SELECT count(*), min(time), max(time) FROM {self.living()}"
        ).fetchone() or (0, None, None)
        first, last = (t.replace(tzinfo=UTC) if t else None for t in row[1:])
        dropped = one(self._db, f"SELECT count(DISTINCT row) FROM {self._dropped}")
        return int(row[0]), dropped, first, last

    def by_part(self) -> list[tuple[int, int]]:
        """Count the records of each part that count."""
        return self._db.execute(
            f"SELECT part, count(*) FROM {self.living()} GROUP BY part"
        ).fetchall()

    def by_file(self) -> Iterator[tuple[int, int]]:
        """Count the records of each input file, all that were read."""
        yield from ((o.segment.file, o.rows) for o in self.loaded if o.segment.direct)
        if any(not each.segment.direct for each in self.loaded):
            sql = f"SELECT file, count(*) FROM {self.table} WHERE file > 0 GROUP BY file"
            yield from self._db.execute(sql).fetchall()

    def carried(self, each: str) -> dict[str | None, bool]:
        """Say for each context whether any event carries one of the plan's marks."""
        if self._marks is None:
            marks = [carries(i) for i in range(len(self.plan.marks))]
            columns = ", ".join(f"bool_or({each})" for each in marks)
            context = name(CONTEXT)
            rows = self._db.execute(
                f"SELECT {context}, {columns or 'true'} FROM {self.living()} GROUP BY {context}"
            ).fetchall()
            self._marks = [{row[0]: row[i + 1] for row in rows} for i in range(len(marks))]
        return self._marks[self.plan.marks.index(plain_of(each))]

    # -- the way back ------------------------------------------------------------------------

    def locate(self, seq: int) -> tuple[Loaded, int]:
        """Give the segment of an event, and the record's number in it (from 0).

        Raises:
            KeyError: there is no such event.
        """
        row = seq - self.base
        at = bisect(self._firsts, row) - 1  # an empty segment begins where the next one does
        if at < 0 or row >= self.loaded[at].first + self.loaded[at].rows:
            raise KeyError(seq)
        return self.loaded[at], row - self.loaded[at].first

    def columns(self, seqs: Sequence[int], columns: str) -> list[tuple[Any, ...]]:
        """Give store id and further columns of events."""
        return self._db.execute(
            f"SELECT {self.seq}, {columns} FROM {self.table} WHERE rowid IN"
            " (SELECT unnest($1::BIGINT[]))",
            [[seq - self.base for seq in seqs]],
        ).fetchall()


@contextmanager
def _indexing(lines: Lines) -> Iterator[None]:
    """Note where lines begin while DuckDB reads them, if the file is large."""
    if lines.path.stat().st_size < WORTH_AN_INDEX:
        yield
        return
    stop = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        noted = pool.submit(lines.index, stop)
        try:
            yield
        except BaseException:
            stop.set()
            raise
        noted.result()
