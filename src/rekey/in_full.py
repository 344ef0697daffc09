"""The events of one source that are read in full: those that its rules may be about."""

from collections.abc import Callable, Sequence

import duckdb

from rekey.collect import Loaded, Wanted, collect
from rekey.converters.duckdb.interest import Shape
from rekey.converters.duckdb.layout import Layout
from rekey.converters.duckdb.sql import name
from rekey.converters.registry import CONTEXT
from rekey.converters.rule import Kind, Rule
from rekey.database import BAD_DATA, SuspectSegment, no_room, one
from rekey.surveyed import Surveyed
from rekey.wanted import Selection


class InFull:
    """Reads them, and gives them.

    Args:
        db: the run's database.
        surveyed: all events of the source, settled.
        most: the store id at which those of the next source begin.

    Attributes:
        table: has the columns of :func:`rekey.scan.full_sql`.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, surveyed: Surveyed, most: int) -> None:
        self._db, self._surveyed, self._most = db, surveyed, most
        self._source = surveyed.plan.layout.source.name
        self.table = f"full_{self._source}"
        self._selection = Selection(db, surveyed.plan, surveyed.living)
        self._called: list[str] = []

    def fill(self) -> None:
        """Read the events that rules may be about; see :meth:`rekey.store.Store.settle`."""
        selection, layout = self._selection, self._surveyed.plan.layout
        selection.make()
        self._collect(selection.table, layout, self.table)
        further = f"further_{self._source}"
        if selection.further(self.table, self._surveyed.base):
            self._collect(selection.table, layout, further)
            self._db.execute(f"INSERT INTO {self.table} SELECT * FROM {further}")
            self._db.execute(f"DROP TABLE {further}")
        called = self._db.execute(
            f"SELECT DISTINCT {self._surveyed.plan.calls.text()} FROM {self.table}"
        )
        self._called = [call for (call,) in called.fetchall() if call]

    def is_quiet(self, rule: Rule) -> bool:
        """Say at once of some rules that nothing here fires them."""
        if rule.kind is Kind.SINGLE:
            calls = self._surveyed.plan.calls
            return not all(calls.names_any(base.condition, self._called) for base in rule.bases)
        return self._selection.is_quiet(rule.id)

    def read(self, seqs: str, layout: Layout, into: str) -> bool:
        """Read events once more, for other names; see :meth:`rekey.store.Store.read`."""
        base, asked = self._surveyed.base, f"asked_{self._source}"
        self._db.execute(
            f"""CREATE OR REPLACE TABLE {asked} AS SELECT rowid AS row, part
            FROM {self._surveyed.table} WHERE rowid IN (SELECT seq - {base} FROM ({seqs})
                WHERE seq >= {base} AND seq < {self._most})"""
        )
        found = one(self._db, f"SELECT count(*) FROM {asked}") > 0
        if found:
            self._collect(asked, layout, into)
        self._db.execute(f"DROP TABLE {asked}")
        return found

    def _collect(self, wanted: str, layout: Layout, into: str) -> None:
        surveyed = self._surveyed

        def read(those: Sequence[Loaded]) -> None:
            rows = Wanted(wanted, surveyed.table, surveyed.base, tuple(those))
            collect(self._db, layout, rows, into)

        try:
            read(surveyed.loaded)
        except duckdb.OperationalError as error:
            raise no_room(error) from error
        except BAD_DATA as error:
            direct = (one for one in surveyed.loaded if one.segment.direct)
            raise SuspectSegment(*(o.segment for o in direct if _fails(read, o))) from error

    def by_looks(self, shape: Shape) -> str:
        """Give one event of each look of a shape, with the column ``look``."""
        return f"""(SELECT l.look, f.* FROM ({self._selection.one_of_each(shape)}) l
            JOIN {self.table} f ON f.seq = l.row + {self._surveyed.base})"""

    def alike(self, shape: Shape) -> str:
        """Give every event with a look of a shape: ``look``, ``part``, ``seq`` and ``time``."""
        return self._selection.alike(shape, self._surveyed.base)

    def carried(self, each: str, about: str | None) -> dict[str | None, bool]:
        """Say for each context in which there are such events whether any carries a name.

        Args:
            each: the name, or a key of the document that holds heavy fields.
            about: SQL over light fields that events must pass.
        """
        layout, context = self._surveyed.plan.layout, name(CONTEXT)
        column = name(each) if each in layout.heavy_roots else layout.column(each)
        rows = self._db.execute(
            f"""SELECT {context}, bool_or({column} IS NOT NULL) FROM {self.table}
            WHERE {about or "true"} GROUP BY {context}"""
        ).fetchall()
        return dict(rows)


def _fails(read: Callable[[Sequence[Loaded]], None], one: Loaded) -> bool:
    """Say whether a segment cannot be read in full."""
    try:
        read([one])
    except BAD_DATA:
        return True
    return False
