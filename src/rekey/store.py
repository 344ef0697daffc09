"""The store: DuckDB holding narrow, typed rows of every event, and the way back to the raw ones.

Records are surveyed once, by a typed scan (:mod:`rekey.scan`, :mod:`rekey.surveyed`). Those that the
rules may be about are then read in full (:mod:`rekey.in_full`). The database is a temporary file
(:mod:`rekey.database`), which bounds memory whatever the input.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rekey.collect import Loaded
from rekey.converters.duckdb.interest import Interest, Shape
from rekey.converters.duckdb.layout import Layout
from rekey.converters.duckdb.plan import ScanPlan
from rekey.converters.rule import Rule
from rekey.database import as_written, connected, one
from rekey.in_full import InFull
from rekey.lookups import Lookups, joins
from rekey.scan import KEY
from rekey.site import Site
from rekey.sources.interface import Segment
from rekey.surveyed import Surveyed

_SMALL: Final = 64 << 20
"""Bytes of a log up to which a scan is not worth thinking about."""

_SOURCE_BITS: Final = 40
"""``seq`` = index of the source, shifted, plus the row: one number names an event in a store."""


class Store:
    """Events of one run.

    Args:
        workdir: folder for the database and its spill files; the caller removes it.
        plans: how each source is read, by name.
        site: networks, identities and egress.
        memory_mb: limit for DuckDB's buffers; below about 720 it scans on one core only.
    """

    def __init__(
        self, workdir: Path, plans: Mapping[str, ScanPlan], site: Site, *, memory_mb: int = 800
    ) -> None:
        self.plans = plans
        self.db = connected(workdir, memory_mb=memory_mb)
        self.db.execute("CREATE TABLE matched (rule VARCHAR, island BIGINT, seq BIGINT)")
        self._order = sorted(plans)
        self._bytes = 0
        self._surveyed: dict[str, Surveyed] = {}
        self._in_full: dict[str, InFull] = {}
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
        source, size = segment.source, segment.path.stat().st_size
        self._bytes += size
        with self._thinking(size):
            if source not in self._surveyed:
                base = self._order.index(source) << _SOURCE_BITS
                self._surveyed[source] = Surveyed(self.db, self.plans[source], base)
            return self._surveyed[source].load(segment)

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
        for source, surveyed in self._surveyed.items():
            if surveyed.loaded:
                surveyed.drop(until)
                next_base = surveyed.base + (1 << _SOURCE_BITS)
                self._in_full[source] = InFull(self.db, surveyed, next_base)
                with self._thinking(self._bytes):
                    self._in_full[source].fill()
        self.lookups.fill(self._distinct, origins=origins)

    def _thinking(self, size: int) -> AbstractContextManager[None]:
        """Have a scan of so many bytes planned in the way that is quicker."""
        return as_written(self.db) if size <= _SMALL else nullcontext()

    def read(self, seqs: str, source: str, layout: Layout, into: str) -> bool:
        """Read events in full once more, for names that no rule asked for.

        Args:
            seqs: query that gives store ids, also those of other sources.
            source: name of the source.
            layout: names below the source's plan's :attr:`ScanPlan.shape`.
            into: name of the table that they are put into, as of
                :func:`rekey.scan.full_sql`. Without any such event it is not made.

        Returns:
            whether there are any.

        Raises:
            SuspectSegment, Changed, StoreError: as :meth:`settle`.
        """
        return self._in_full[source].read(seqs, layout, into)

    # -- asking ----------------------------------------------------------------------------

    @property
    def present(self) -> tuple[str, ...]:
        """Sources with at least one event, in the registry's order."""
        filled = {s for s, each in self._surveyed.items() if any(x.rows for x in each.loaded)}
        return tuple(source for source in self.plans if source in filled)

    def one(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Ask for one number."""
        return one(self.db, sql, parameters)

    def is_quiet(self, rule: Rule) -> bool:
        """Say at once of some rules that nothing here fires them."""
        return any(
            self._in_full[source].is_quiet(rule)
            for source in rule.sources
            if source in self._in_full
        )

    def from_clause(
        self, source: str, names: frozenset[str], interest: Interest | None = None
    ) -> str:
        """Give a FROM clause over the live events of a source, with the joins that names need.

        Args:
            source: name of the source.
            names: raw, derived and role names that will be used.
            interest: which events matter to a rule. Without it all do, as far as the names are kept
                of every event; else those that were read in full. Of events that look the same to
                the rule there is one, with the column ``look``; see :meth:`alike`.
        """
        plan, surveyed = self.plans[source], self._surveyed[source]
        if isinstance(interest, Shape):
            sql = self._in_full[source].by_looks(interest)
        elif interest is None and all(map(plan.is_everywhere, names)):
            sql = f"(SELECT {surveyed.seq} AS seq, * FROM {surveyed.living()})"
        else:
            sql = self._in_full[source].table
        return f"{sql} AS event" + joins(plan.layout, names)

    def alike(self, source: str, shape: Shape) -> str:
        """Write the query for all events that look the same to a rule; see :meth:`from_clause`."""
        return self._in_full[source].alike(shape)

    def _distinct(self, *names: str) -> list[tuple[str, ...]]:
        selects = []
        for source in self.present:
            plan = self.plans[source]
            layout = plan.layout
            if all(n in layout.source.roles and plan.keeps(n) for n in names):
                columns = ", ".join(layout.column(n) for n in names)
                everywhere = all(map(plan.is_everywhere, names))
                table = (self._surveyed if everywhere else self._in_full)[source].table
                selects.append(f"SELECT DISTINCT {columns} FROM {table}")
        if not selects:
            return []
        rows = self.db.execute(" UNION ".join(selects)).fetchall()
        return [row for row in rows if all(value is not None for value in row)]

    def carried(self, source: str, each: str) -> dict[str | None, bool]:
        """Say for each context (cluster, audit device) whether any event carries a name.

        Args:
            source: name of the source.
            each: one of the plan's marks, or what only a look-up tells of one.
        """
        return self._surveyed[source].carried(each)

    def carried_in_full(self, source: str, each: str, about: str | None) -> dict[str | None, bool]:
        """Say the same of events that are read in full; see :meth:`InFull.carried`."""
        return self._in_full[source].carried(each, about)

    # -- counting ----------------------------------------------------------------------------

    def extent(self, source: str) -> tuple[int, int, datetime | None, datetime | None]:
        """Give the number of events that count, of those that do not, and first and last time."""
        return self._surveyed[source].extent()

    def records_by_part(self) -> dict[int, int]:
        """Count the records of each part that count."""
        return _summed(pair for source in self.present for pair in self._surveyed[source].by_part())

    def records_by_file(self) -> dict[int, int]:
        """Count the records of each input file, all that were read."""
        return _summed(pair for each in self._surveyed.values() for pair in each.by_file())

    # -- the way back ------------------------------------------------------------------------

    def locate(self, seq: int) -> tuple[str, Loaded, int]:
        """Give the source, the segment and the record's number in it (from 0).

        Raises:
            KeyError: there is no such event.
        """
        source = self._order[seq >> _SOURCE_BITS]
        return source, *self._surveyed[source].locate(seq)

    def keys(self, source: str, seqs: Sequence[int]) -> dict[int, int | None]:
        """Give the hashed registry keys of events by store id."""
        return dict(self._surveyed[source].columns(seqs, KEY))

    def places(self, source: str, seqs: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """Give part, file number and record number of spooled events by store id."""
        rows = self._surveyed[source].columns(seqs, "part, file, record")
        return {seq: (part, file, record) for seq, part, file, record in rows}


def _summed(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for key, number in pairs:
        counts[key] = counts.get(key, 0) + number
    return counts
