"""Which of the surveyed events are to be read in full: see :mod:`rekey.converters.duckdb.interest`."""

from typing import Protocol

import duckdb

from rekey.converters.duckdb.interest import Grouped, Shape
from rekey.converters.duckdb.plan import ScanPlan, is_broad
from rekey.converters.duckdb.sql import literal, name
from rekey.scan import broad, group_of, has_values, number_of, text, track, value


class Living(Protocol):
    """Gives the surveyed rows that count."""

    def __call__(self, condition: str = "true") -> str:
        """Write the rest of a FROM."""
        ...


class Selection:
    """What the survey of one source says about its events.

    Attributes:
        table: rows to be read in full, with the columns ``row`` and ``part``.
        looks: ``look`` and the ``row`` that stands for it.

    Args:
        db: the run's database.
        plan: how the source is read.
        living: gives its rows.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, plan: ScanPlan, living: Living) -> None:
        self._db, self._plan, self._living = db, plan, living
        source = plan.layout.source.name
        self.table, self.looks, self._groups = (
            f"{what}_{source}" for what in ("wanted", "looks", "groups")
        )
        self._track_of = {n: i for i, numbers in enumerate(plan.tracks) for n in numbers}
        self._by_groups = {e.rule for e in plan.tracked if isinstance(e, Grouped)}
        self._enough: set[str] = set()

    def make(self) -> None:
        """Fill the tables."""
        found = [f"SELECT rowid AS row FROM {self._living('gate')}"]
        for column in self._texts:
            one_of_each = f"SELECT min(rowid) AS row FROM {self._living()} GROUP BY {column}"
            found.append(one_of_each)
        if self._shapes:
            self._look()
            found.append(f"SELECT row FROM {self.looks}")
        if self._by_groups:
            self._count()
            found.append(f"SELECT row FROM {self._groups}")
        self._choose(found)

    def further(self, full: str, base: int) -> bool:
        """Fill ``table`` with events whose text has turned out to pass; say whether there are any.

        Args:
            full: the events that have been read in full, one of each text among them.
            base: what was added to a row for its store id.
        """
        known = f"SELECT seq - {base} AS row FROM {full}"
        found = [
            f"""SELECT row FROM (SELECT rowid AS row, {text(each)} AS text FROM {self._living()})
                WHERE text IN (SELECT hash({name(each.field)}) FROM {full} WHERE {each.test})
                  AND row NOT IN ({known})"""
            for each in self._plan.wide
        ]
        if found:
            self._choose(found)
        return bool(found) and self._any(f"SELECT 1 FROM {self.table}")

    def is_quiet(self, rule: str) -> bool:
        """Say whether no group of a rule holds enough; the rule has to be told by groups."""
        return rule in self._by_groups and rule not in self._enough

    def _any(self, query: str) -> bool:
        return self._db.execute(f"{query} LIMIT 1").fetchone() is not None

    @property
    def _texts(self) -> list[str]:
        return sorted({text(each) for each in self._plan.wide})

    def _choose(self, queries: list[str]) -> None:
        self._db.execute(
            f"""CREATE OR REPLACE TABLE {self.table} AS SELECT row, part
            FROM ({" UNION ".join(queries)})
            JOIN (SELECT rowid AS row, part FROM {self._living()}) USING (row) ORDER BY row"""
        )

    @property
    def _shapes(self) -> list[int]:
        return [n for n, each in enumerate(self._plan.tracked) if isinstance(each, Shape)]

    def _look(self) -> None:
        """Find one event of each look."""
        queries = (
            f"SELECT {self._column(n)} AS look, min(rowid) AS row FROM {self._of(n)} GROUP BY ALL"
            for n in self._shapes
        )
        self._db.execute(f"CREATE OR REPLACE TABLE {self.looks} AS {' UNION ALL '.join(queries)}")

    def _column(self, number: int) -> str:
        return track(self._track_of[number])

    def _of(self, number: int) -> str:
        """Write the rest of a FROM over the events that have a look, or are of a group."""
        return self._living(f"{number_of(self._column(number))} = {number}")

    def one_of_each(self, shape: Shape) -> str:
        """Write the query for the looks of a shape: ``look``, and the ``row`` that stands for it."""
        number = self._plan.tracked.index(shape)
        return f"SELECT look, row FROM {self.looks} WHERE {number_of('look')} = {number}"

    def alike(self, shape: Shape, base: int) -> str:
        """Write the query for every event with a look of a shape.

        Args:
            shape: which.
            base: what is added to a row for its store id.
        """
        number = self._plan.tracked.index(shape)
        columns = f"{self._column(number)} AS look, part, rowid + {base} AS seq, time"
        return f"SELECT {columns} FROM {self._of(number)}"

    def _count(self) -> None:
        """List the events of groups that hold enough, and the rules that have such groups."""
        rules: dict[tuple[str, str], list[int]] = {}
        for number, each in enumerate(self._plan.tracked):
            if isinstance(each, Grouped):
                rules.setdefault((each.rule, each.enough), []).append(number)
        queries = []
        for (rule, enough), numbers in rules.items():
            events = " UNION ALL ".join(map(self._members, numbers))
            queries.append(
                f"""SELECT row, {literal(rule)} AS rule FROM ({events}) WHERE (part, key) IN
                (SELECT (part, key) FROM ({events}) GROUP BY part, key HAVING {enough})"""
            )
        union = " UNION ALL ".join(queries)
        self._db.execute(f"CREATE OR REPLACE TABLE {self._groups} AS {union}")
        found = self._db.execute(f"SELECT DISTINCT rule FROM {self._groups}").fetchall()
        self._enough = {rule for (rule,) in found}

    def _members(self, number: int) -> str:
        """Write the query for the events of a base rule's groups."""
        if is_broad(self._plan.tracked[number]):
            belongs, group, counted = broad(self._plan, number)
            return f"""SELECT rowid AS row, part, {counted} AS value, {number} AS number,
                {group_of(group)} AS key FROM {self._living(belongs)}"""
        i = self._track_of[number]
        counted = value(i) if has_values(self._plan, self._plan.tracks[i]) else "NULL::UBIGINT"
        return f"""SELECT rowid AS row, part, {counted} AS value, {number} AS number,
            {group_of(track(i))} AS key FROM {self._of(number)}"""
