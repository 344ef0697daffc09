"""Which of the surveyed events are to be read in full: see :mod:`rekey.converters.duckdb.interest`."""

from collections.abc import Iterable
from typing import Protocol

import duckdb

from rekey.converters.duckdb.interest import Grouped, Shape
from rekey.converters.duckdb.plan import ScanPlan
from rekey.converters.duckdb.sql import literal, name
from rekey.survey import belongs, hash_of, is_asked, passes


class Living(Protocol):
    """Gives the surveyed rows that count."""

    def __call__(self, condition: str = "true") -> str:
        """Write the rest of a FROM."""
        ...


class Selection:
    """What the survey of one source says about its events.

    Attributes:
        table: rows to be read in full, with the columns ``row`` and ``part``.
        looks: ``number`` in :attr:`ScanPlan.tracked`, ``look``, and the ``row`` that stands for it.

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
        self._rules: dict[tuple[str, str], list[int]] = {}
        for number, each in enumerate(plan.tracked):
            if isinstance(each, Grouped):
                self._rules.setdefault((each.rule, each.enough), []).append(number)
        self._enough: set[str] = set()

    def make(self) -> None:
        """Fill the tables."""
        found = [f"SELECT rowid AS row FROM {self._living(passes(self._plan))}"]
        for text in self._texts:
            one_of_each = f"SELECT min(rowid) AS row FROM {self._living()} GROUP BY {text}"
            found.append(one_of_each)
        if self._shapes:
            self._look()
            found.append(f"SELECT row FROM {self.looks}")
        self._choose([*found, *self._enough_of(self._counted(by_text=False))])

    def further(self, full: str, base: int) -> bool:
        """Fill ``table`` with events that what was read in full asks for; say whether there are any.

        Those are events whose text has turned out to pass, and groups that hold enough different
        values, where a text tells the value.

        Args:
            full: the events that have been read in full, one of each text among them.
            base: what was added to a row for its store id.
        """
        found = [
            f"""SELECT row FROM (SELECT rowid AS row, {self._text(each.field)} AS text
                FROM {self._living(is_asked(self._plan, each))}) WHERE text IN
                (SELECT {_hashed(each.field)} FROM {full} WHERE {each.test})"""
            for each in self._plan.wide
        ]
        found += self._enough_of(self._counted(by_text=True), full)
        if not found:
            return False
        self._choose(found, known=f"SELECT seq - {base} FROM {full}")
        return self._any(f"SELECT 1 FROM {self.table}")

    def is_quiet(self, rule: str) -> bool:
        """Say whether no group of a rule holds enough; the rule has to be told by groups."""
        return rule not in self._enough and any(rule == known for known, _ in self._rules)

    def _any(self, query: str) -> bool:
        return self._db.execute(f"{query} LIMIT 1").fetchone() is not None

    @property
    def _texts(self) -> list[str]:
        return [self._text(each) for each in dict.fromkeys(w.field for w in self._plan.wide)]

    def _text(self, field: str) -> str:
        return hash_of(self._plan, (field,))

    def _choose(self, queries: Iterable[str], known: str = "SELECT NULL WHERE false") -> None:
        self._db.execute(
            f"""CREATE OR REPLACE TABLE {self.table} AS SELECT row, part
            FROM ({" UNION ".join(queries)}) ANTI JOIN ({known}) AS known(row) USING (row)
            JOIN (SELECT rowid AS row, part FROM {self._living()}) USING (row) ORDER BY row"""
        )

    # -- looks -------------------------------------------------------------------------------

    @property
    def _shapes(self) -> list[int]:
        return [n for n, each in enumerate(self._plan.tracked) if isinstance(each, Shape)]

    def _look(self) -> None:
        """Find one event of each look."""
        queries = (
            f"""SELECT {number} AS number, {self._look_of(number)} AS look, min(rowid) AS row
                FROM {self._of(number)} GROUP BY ALL"""
            for number in self._shapes
        )
        self._db.execute(f"CREATE OR REPLACE TABLE {self.looks} AS {' UNION ALL '.join(queries)}")

    def _look_of(self, number: int) -> str:
        each = self._plan.tracked[number]
        return hash_of(self._plan, each.asked if isinstance(each, Shape) else each.group)

    def _of(self, number: int) -> str:
        """Write the rest of a FROM over the events that have a look, or are of a group."""
        every = self._plan.tracked[number].test == "true" and number in self._shapes
        return self._living() if every else self._living(belongs(number))

    def one_of_each(self, shape: Shape) -> str:
        """Write the query for the looks of a shape: ``look``, and the ``row`` that stands for it."""
        number = self._plan.tracked.index(shape)
        return f"SELECT look, row FROM {self.looks} WHERE number = {number}"

    def alike(self, shape: Shape, base: int) -> str:
        """Write the query for every event with a look of a shape.

        Args:
            shape: which.
            base: what is added to a row for its store id.
        """
        number = self._plan.tracked.index(shape)
        columns = f"{self._look_of(number)} AS look, part, rowid + {base} AS seq, time"
        return f"SELECT {columns} FROM {self._of(number)}"

    # -- groups ------------------------------------------------------------------------------

    def _counted(self, *, by_text: bool) -> dict[tuple[str, str], list[int]]:
        """Give the rules whose groups can be counted at once, or only when texts have been read."""
        return {
            rule: numbers
            for rule, numbers in self._rules.items()
            if any(self._grouped(n).told for n in numbers) is by_text
        }

    def _grouped(self, number: int) -> Grouped:
        each = self._plan.tracked[number]
        assert isinstance(each, Grouped)  # noqa: S101 - rules have groups
        return each

    def _enough_of(
        self, rules: dict[tuple[str, str], list[int]], full: str | None = None
    ) -> list[str]:
        """List the events of groups that hold enough, and note the rules that have such groups.

        Args:
            rules: identifier and test of each rule, and the numbers of its groups.
            full: events of which one of each text is there, if texts tell values.

        Returns:
            Queries for ``row``.
        """
        if not rules:
            return []
        queries = []
        for (rule, enough), numbers in rules.items():
            events = " UNION ALL ".join(self._members(number, full) for number in numbers)
            many = f"""SELECT * FROM ({events}) WHERE (part, key) IN
                (SELECT (part, key) FROM ({events}) GROUP BY part, key HAVING {enough})"""
            spans = {each.timespan for each in map(self._grouped, numbers)}
            near = many if None in spans else _near(many, enough, max(filter(None, spans)))
            queries.append(f"SELECT DISTINCT row, {literal(rule)} AS rule FROM ({near})")
        union = " UNION ALL ".join(queries)
        self._db.execute(f"CREATE OR REPLACE TABLE {self._groups} AS {union}")
        found = self._db.execute(f"SELECT DISTINCT rule FROM {self._groups}").fetchall()
        self._enough |= {rule for (rule,) in found}
        return [f"SELECT row FROM {self._groups}"]

    def _members(self, number: int, full: str | None) -> str:
        """Write the query for the events of a base rule's groups."""
        each = self._grouped(number)
        value = hash_of(self._plan, each.value)
        events = f"""SELECT rowid AS row, part, time, {value} AS value, {number} AS number,
            {self._look_of(number)} AS key FROM {self._of(number)}"""
        if each.told is None or full is None:
            return events
        (text,), column = each.value, self._plan.layout.column(each.told)
        told = f"""SELECT {_hashed(str(text))} AS value, any_value(CAST({column} AS VARCHAR)) AS told
            FROM {full} GROUP BY ALL"""
        return f"""SELECT row, part, time, told AS value, number, key FROM ({events})
            LEFT JOIN ({told}) USING (value)"""


def _near(events: str, enough: str, timespan: int) -> str:
    """Keep the events of groups that hold enough within a window.

    A window that slides lies within two neighbours of those that do not; so each event is counted with
    those before its own and with those after.
    """
    return f"""WITH many AS MATERIALIZED ({events}),
        spans AS (SELECT *, epoch_us(time) // {timespan * 1_000_000} + unnest([0, 1]) AS span FROM many)
        SELECT row FROM spans WHERE (part, key, span) IN
            (SELECT (part, key, span) FROM spans GROUP BY part, key, span HAVING {enough})"""


def _hashed(field: str) -> str:
    """Write the hash of a text as the survey does."""
    return f"hash(CAST({name(field)} AS VARCHAR))"
