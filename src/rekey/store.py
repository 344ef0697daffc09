"""The store: DuckDB holding narrow, typed rows of every event, and the way back to the raw ones.

Records are surveyed once, by a typed scan (:mod:`rekey.scan`). A row keeps its place: ``rowid``
counts the records of a segment in order, so a raw record is found again by its number and no raw
text is stored. Those that the rules may be about are then read in full (:mod:`rekey.collect`). The
database is a temporary file that DuckDB compresses and spills to, which bounds memory whatever the
input.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Final, Self

import duckdb

from rekey.collect import Loaded, Wanted, collect
from rekey.converters.duckdb.addresses import MACRO
from rekey.converters.duckdb.asked import plain_of
from rekey.converters.duckdb.interest import Interest, Shape
from rekey.converters.duckdb.layout import CONTEXT, Layout
from rekey.converters.duckdb.plan import ScanPlan
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.rule import Rule
from rekey.errors import ExitCode, RekeyError
from rekey.lines import Lines
from rekey.lookups import Lookups, joins
from rekey.scan import KEY, mark, number_of, survey_sql
from rekey.site import Site
from rekey.sources.interface import Segment
from rekey.wanted import Selection

_SOURCE_BITS: Final = 40
"""``seq`` = index of the source, shifted, plus the row: one number names an event in a store."""


_BAD_DATA: Final = (duckdb.DataError, duckdb.InvalidInputException, duckdb.InvalidTypeException)
"""What a scan raises at records that are not what their beginning promised."""


_WORTH_AN_INDEX: Final = 8 << 20
"""Bytes of a file in which lines are not simply counted."""


class StoreError(RekeyError):
    """The system gives no room."""

    exit_code = ExitCode.SYSTEM


class SuspectSegment(Exception):
    """A direct file is not what its beginning promised: it must be read tolerantly.

    Attributes:
        segments: those of which it is true.
    """

    def __init__(self, *segments: Segment) -> None:
        super().__init__(", ".join(str(segment.path) for segment in segments))
        self.segments = segments


class Store:
    """Events of one run.

    Args:
        workdir: folder for the database and its spill files; the caller removes it.
        plans: how each source is read, by name.
        site: networks, identities and egress.
        memory_mb: limit for DuckDB's buffers; below about 550 it scans on one core only.
    """

    def __init__(
        self, workdir: Path, plans: Mapping[str, ScanPlan], site: Site, *, memory_mb: int = 640
    ) -> None:
        self.plans = dict(plans)
        self.workdir = workdir
        self.loaded: dict[str, list[Loaded]] = {source: [] for source in plans}
        self._index = {source: i for i, source in enumerate(sorted(plans))}
        self._dropped: set[str] = set()
        self._selected: dict[str, Selection] = {}
        self._marks: dict[str, list[dict[str | None, bool]]] = {}
        self.db = duckdb.connect(str(workdir / "events.duckdb"))
        self.db.execute(f"SET memory_limit = '{memory_mb}MB'")
        self.db.execute(f"SET temp_directory = {literal(str(workdir / 'spill'))}")
        self.db.execute("SET TimeZone = 'UTC'")
        # A long IN would become a join, after which the rows of a scan lose their order.
        self.db.execute("SET disabled_optimizers = 'in_clause'")
        # In a notebook DuckDB would print a bar of its own on standard output.
        self.db.execute("SET enable_progress_bar = false")
        self.db.execute("SET autoinstall_known_extensions = false")
        self.db.execute("SET autoload_known_extensions = false")
        self.db.execute(MACRO)
        self.db.execute("CREATE TABLE matched (rule VARCHAR, island BIGINT, seq BIGINT)")
        for plan in plans.values():
            if plan.calls.names:
                self.db.execute(plan.calls.create_enum())
        self.lookups = Lookups(self.db, site)

    def __enter__(self) -> Self:
        """Open for one run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        self.db.close()

    # -- reading ---------------------------------------------------------------------------

    def load(self, segment: Segment) -> int:
        """Read a segment; give its number of rows.

        Raises:
            SuspectSegment: a direct file holds something that only the tolerant path can judge.
                Nothing of it is kept.
            StoreError: no room is left, in memory or on the disk.
        """
        plan = self.plans[segment.source]
        table = _table(segment.source)
        first = self._rows(segment.source)
        lines = Lines(segment.path)
        self.db.execute("BEGIN")
        try:
            with self._indexing(lines):
                self._scan(table, plan, segment, create=first == 0)
            rows = self._rows(segment.source) - first
            suspect = f"SELECT count(*) FROM {table} WHERE rowid >= {first} AND NOT sound"
            if segment.direct and self.one(suspect):
                raise SuspectSegment(segment)
        except (*_BAD_DATA, SuspectSegment) as error:
            self.db.execute("ROLLBACK")
            raise SuspectSegment(segment) from error
        except duckdb.OperationalError as error:
            raise _no_room(error) from error
        self.db.execute("COMMIT")
        self.loaded[segment.source].append(Loaded(segment, first, rows, lines))
        return rows

    @contextmanager
    def _indexing(self, lines: Lines) -> Iterator[None]:
        """Note where lines begin while DuckDB reads them, if the file is large."""
        if lines.path.stat().st_size < _WORTH_AN_INDEX:
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

    def _scan(self, table: str, plan: ScanPlan, segment: Segment, *, create: bool) -> None:
        verb = f"CREATE OR REPLACE TABLE {table} AS" if create else f"INSERT INTO {table}"
        self.db.execute(f"{verb} {survey_sql(plan, segment)}")

    def _rows(self, source: str) -> int:
        known = "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?"
        if not self.one(known, [_table(source)]):
            return 0
        return self.one(f"SELECT count(*) FROM {_table(source)}")

    def one(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Ask for one number."""
        row = self.db.execute(sql, list(parameters)).fetchone()
        return int(row[0]) if row else 0

    # -- after reading ---------------------------------------------------------------------

    def settle(self, *, origins: bool, until: datetime | None = None) -> None:
        """Find what must not count, and look up every address once.

        Args:
            origins: whether addresses are asked for networks and scopes.
            until: events from then on are left out.

        Raises:
            SuspectSegment: as :meth:`load`; the store is of no use then.
            Changed: a file is not what it was when it was surveyed.
            StoreError: no room is left.
        """
        for source in (source for source, loaded in self.loaded.items() if loaded):
            self._drop_rows(source, until)
            self._read_in_full(source)
        self.lookups.fill(self._distinct, origins=origins)

    @property
    def present(self) -> tuple[str, ...]:
        """Sources with at least one event, in the registry's order."""
        return tuple(s for s, loaded in self.loaded.items() if any(x.rows for x in loaded))

    def _drop_rows(self, source: str, until: datetime | None) -> None:
        """Duplicates (all but the first), the poorer record of each pair, and what is too late."""
        table, dropped = _table(source), _dropped(source)
        self.db.execute(
            f"""CREATE OR REPLACE TABLE {dropped} AS
            SELECT row FROM (SELECT rowid AS row, row_number()
                                 OVER (PARTITION BY part, {KEY} ORDER BY rowid) AS n
                             FROM {table} WHERE (part, {KEY}) IN (
                                 SELECT (part, {KEY}) FROM {table} WHERE {KEY} IS NOT NULL
                                 GROUP BY part, {KEY} HAVING count(*) > 1))
            WHERE n > 1"""
        )
        if pair := self.plans[source].layout.source.pair:
            by, field = name(pair.by), name(pair.field)
            kept = f"{field} = {literal(pair.keep)}"
            self.db.execute(
                f"""INSERT INTO {dropped} SELECT rowid FROM {table} WHERE NOT ({kept})
                AND (part, {by}) IN (SELECT (part, {by}) FROM {table} WHERE {kept})"""
            )
        if until is not None:
            self.db.execute(
                f"INSERT INTO {dropped} SELECT rowid FROM {table} WHERE time >= ?",
                [until.astimezone(UTC).replace(tzinfo=None)],
            )
        if self.one(f"SELECT count(*) FROM {dropped}"):
            self._dropped.add(source)

    def _read_in_full(self, source: str) -> None:
        """Read the events that rules may be about into a table of their own."""
        living = partial(self._living, source)
        selection = self._selected[source] = Selection(self.db, self.plans[source], living)
        selection.make()
        full = _full(source)
        self._collect(source, selection.table, self.loaded[source], full)
        if selection.further(full, self._index[source] << _SOURCE_BITS):
            self._collect(source, selection.table, self.loaded[source], "further")
            self.db.execute(f"INSERT INTO {full} SELECT * FROM further")
            self.db.execute("DROP TABLE further")

    def is_quiet(self, rule: Rule) -> bool:
        """Say at once of some rules that nothing here fires them."""
        return any(
            self._selected[source].is_quiet(rule.id)
            for source in rule.sources
            if source in self._selected
        )

    def read(self, seqs: str, source: str, layout: Layout, into: str) -> bool:
        """Read events in full once more, for names that no rule asked for.

        Args:
            seqs: query that gives store ids, also those of other sources.
            source: name of the source.
            layout: names below the source's plan's :attr:`ScanPlan.shape`.
            into: name of the temporary table that they are put into, as of
                :func:`rekey.scan.full_sql`. Without any such event it is not made.

        Returns:
            whether there are any.

        Raises:
            SuspectSegment, Changed, StoreError: as :meth:`settle`.
        """
        base = self._index[source] << _SOURCE_BITS
        self.db.execute(
            f"""CREATE OR REPLACE TABLE asked_{source} AS SELECT rowid AS row, part
            FROM {_table(source)} WHERE rowid IN (SELECT seq - {base} FROM ({seqs})
                WHERE seq >= {base} AND seq < {base + (1 << _SOURCE_BITS)})"""
        )
        found = self.one(f"SELECT count(*) FROM asked_{source}") > 0
        if found:
            self._collect(source, f"asked_{source}", self.loaded[source], into, layout)
        self.db.execute(f"DROP TABLE asked_{source}")
        return found

    def _collect(
        self, source: str, wanted: str, loaded: Sequence[Loaded], into: str,
        layout: Layout | None = None,
    ) -> None:  # fmt: skip
        layout = layout or self.plans[source].layout
        base = self._index[source] << _SOURCE_BITS

        def read(those: Sequence[Loaded]) -> None:
            rows = Wanted(wanted, _table(source), base, tuple(those))
            collect(self.db, layout, rows, into)

        try:
            read(loaded)
        except duckdb.OperationalError as error:
            raise _no_room(error) from error
        except _BAD_DATA as error:
            suspect = [one.segment for one in loaded if one.segment.direct and _fails(read, one)]
            raise SuspectSegment(*suspect) from error

    def _living(self, source: str, condition: str = "true") -> str:
        """Give the surveyed rows that count, as the rest of a FROM."""
        table = f"{_table(source)} WHERE {condition}"
        if source not in self._dropped:
            return table
        return f"{table} AND rowid NOT IN (SELECT row FROM {_dropped(source)})"

    def _seq(self, source: str) -> str:
        return f"rowid + {self._index[source] << _SOURCE_BITS}"

    def dropped(self, source: str) -> int:
        """Count the rows of a source that do not count."""
        return self.one(f"SELECT count(DISTINCT row) FROM {_dropped(source)}")

    def extent(self, source: str) -> tuple[int, int, datetime | None, datetime | None]:
        """Give the number of events that count, of those that do not, and first and last time."""
        row = self.db.execute(
            f"SELECT count(*), min(time), max(time) FROM {self.from_clause(source, frozenset())}"
        ).fetchone() or (0, None, None)
        first, last = (t.replace(tzinfo=UTC) if t else None for t in row[1:])
        return int(row[0]), self.dropped(source), first, last

    def records_by_part(self) -> dict[int, int]:
        """Count the records of each part that count."""
        counts: dict[int, int] = {}
        for source in self.present:
            table = self.from_clause(source, frozenset())
            sql = f"SELECT part, count(*) FROM {table} GROUP BY part"
            for part, number in self.db.execute(sql).fetchall():
                counts[part] = counts.get(part, 0) + number
        return counts

    def records_by_file(self) -> dict[int, int]:
        """Count the records of each input file, all that were read."""
        counts: dict[int, int] = {}
        for source, loaded in self.loaded.items():
            for each in loaded:
                if each.segment.direct:
                    counts[each.segment.file] = counts.get(each.segment.file, 0) + each.rows
            if any(not each.segment.direct for each in loaded):
                sql = f"SELECT file, count(*) FROM {_table(source)} WHERE file > 0 GROUP BY file"
                for file, number in self.db.execute(sql).fetchall():
                    counts[file] = counts.get(file, 0) + number
        return counts

    def carried(self, source: str, each: str) -> dict[str | None, bool]:
        """Say for each context (cluster, audit device) whether any event carries a name.

        Args:
            source: name of the source.
            each: one of the plan's marks, or what only a look-up tells of one.
        """
        return self._marked(source)[self.plans[source].marks.index(plain_of(each))]

    def carried_in_full(
        self, source: str, each: str, about: str | None
    ) -> dict[str | None, bool]:  # fmt: skip
        """Say the same of events that are read in full, in contexts in which there are any.

        Args:
            source: name of the source.
            each: a name, or a key of the document that holds heavy fields.
            about: SQL over light fields that events must pass.
        """
        layout, context = self.plans[source].layout, name(CONTEXT)
        column = name(each) if each in layout.heavy_roots else layout.column(each)
        rows = self.db.execute(
            f"""SELECT {context}, bool_or({column} IS NOT NULL) FROM {_full(source)}
            WHERE {about or "true"} GROUP BY {context}"""
        ).fetchall()
        return dict(rows)

    def _marked(self, source: str) -> list[dict[str | None, bool]]:
        """Ask for all marks at once."""
        if source not in self._marks:
            marks = [mark(i) for i in range(len(self.plans[source].marks))]
            columns = ", ".join(f"bool_or({each})" for each in marks)
            rows = self.db.execute(
                f"""SELECT {name(CONTEXT)}, {columns or "true"} FROM {self._living(source)}
                GROUP BY {name(CONTEXT)}"""
            ).fetchall()
            self._marks[source] = [
                {context: found[i] for context, *found in rows} for i in range(len(marks))
            ]
        return self._marks[source]

    def _distinct(self, *names: str) -> list[tuple[str, ...]]:
        selects = []
        for source in self.present:
            plan = self.plans[source]
            layout = plan.layout
            if all(n in layout.source.roles and plan.keeps(n) for n in names):
                columns = ", ".join(layout.column(n) for n in names)
                everywhere = all(map(plan.is_everywhere, names))
                table = _table(source) if everywhere else _full(source)
                selects.append(f"SELECT DISTINCT {columns} FROM {table}")
        if not selects:
            return []
        rows = self.db.execute(" UNION ".join(selects)).fetchall()
        return [row for row in rows if all(value is not None for value in row)]

    # -- asking ----------------------------------------------------------------------------

    def from_clause(
        self, source: str, names: frozenset[str], interest: Interest | None = None
    ) -> str:
        """Give a FROM clause over the live events of a source, with the joins that names need.

        Args:
            source: name of the source.
            names: raw, derived and role names that will be used.
            interest: which events matter to a rule. Without it all do, as far as the names are kept
                of every event; else those that were read in full.
        """
        plan = self.plans[source]
        if isinstance(interest, Shape):
            sql = self._by_looks(source, plan.tracked.index(interest))
        elif interest is None and all(map(plan.is_everywhere, names)):
            sql = f"(SELECT {self._seq(source)} AS seq, * FROM {self._living(source)})"
        else:
            sql = _full(source)
        return f"{sql} AS event" + joins(plan.layout, names)

    def _by_looks(self, source: str, number: int) -> str:
        """Give every event with a look of a shape, and all that the one has that stands for it."""
        base, chosen = self._index[source] << _SOURCE_BITS, self._selected[source]
        return f"""(SELECT r.row + {base} AS seq, r.part, r.time, f.* EXCLUDE (seq, part, time)
            FROM {chosen.looked} r JOIN {chosen.looks} l ON l.look = r.look
            JOIN {_full(source)} f ON f.seq = l.row + {base}
            WHERE {number_of("r.look")} = {number})"""

    def locate(self, seq: int) -> tuple[str, Loaded, int]:
        """Give the source, the segment and the record's number in it (from 0)."""
        source = sorted(self.plans)[seq >> _SOURCE_BITS]
        row = seq & ((1 << _SOURCE_BITS) - 1)
        for loaded in self.loaded[source]:
            if loaded.first <= row < loaded.first + loaded.rows:
                return source, loaded, row - loaded.first
        raise KeyError(seq)

    def keys(self, source: str, seqs: Sequence[int]) -> dict[int, int | None]:
        """Give the hashed registry keys of events by store id."""
        return {seq: key for seq, key, *_ in self._columns(source, seqs, KEY)}

    def places(self, source: str, seqs: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """Give part, file number and record number of spooled events by store id."""
        rows = self._columns(source, seqs, "part, file, record")
        return {seq: (part, file, record) for seq, part, file, record in rows}

    def _columns(self, source: str, seqs: Sequence[int], columns: str) -> list[tuple[int, ...]]:
        base = self._index[source] << _SOURCE_BITS
        return self.db.execute(
            f"SELECT {self._seq(source)}, {columns} FROM {_table(source)} WHERE rowid IN"
            " (SELECT unnest($1::BIGINT[]))",
            [[seq - base for seq in seqs]],
        ).fetchall()


def _fails(read: Callable[[Sequence[Loaded]], None], one: Loaded) -> bool:
    """Say whether a segment cannot be read in full."""
    try:
        read([one])
    except _BAD_DATA:
        return True
    return False


def _no_room(error: duckdb.Error) -> StoreError:
    return StoreError(
        f"the temporary database of this run failed: {type(error).__name__}",
        hint="It needs room in the folder for temporary files: TMPDIR names another one.",
    )


def _table(source: str) -> str:
    return f"events_{source}"


def _full(source: str) -> str:
    return f"full_{source}"


def _dropped(source: str) -> str:
    return f"dropped_{source}"
