"""Firings → matches: firings of one rule and one group that come close together are one match.

Each query has its price however little it finds, and most rules find little. So what several rules
fired is put into the same tables, and those are asked once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import duckdb

from rekey.converters.duckdb.asked import keys_of
from rekey.converters.rule import Rule
from rekey.database import one
from rekey.match import EXAMINED, SAMPLES, Match

QUIET: Final = "to_hours(24)"
"""Firings of one rule and one group belong to one match until it is quiet for this long."""

EXPECTED: Final = 5
"""Values that an identity was seen with before, which a match on a new one names."""

_TOGETHER: Final = 256
"""Islands that are asked for these values at a time."""


class Fired:
    """What rules fired, in temporary tables of one connection, until their matches are told.

    The tables have the column ``rule``, the rule's position, and as many group keys as the rule with
    the most of them; what a rule has less is null.

    - ``fired``: the firings, see :mod:`rekey.converters.duckdb.windows`;
    - ``struck``: the hits behind them, and ``told``, the value by which firings are told apart;
    - ``known_values``: what identities of first-seen rules were seen with.

    Args:
        db: the connection.
        rules: the rules.
        since: what fired before is another match than what fired from then on.
    """

    def __init__(
        self, db: duckdb.DuckDBPyConnection, rules: Sequence[Rule], since: datetime | None
    ) -> None:
        self._db, self._rules, self._since = db, rules, since
        self._counts = [len(keys_of(rule, rule.bases[0])) for rule in rules]
        self._keys = tuple(f"k{i}" for i in range(max(self._counts)))
        self.begin()

    def begin(self) -> None:
        """Make the tables, or empty them."""
        keys = ", ".join(f"{key} VARCHAR" for key in self._keys)
        own = f"rule INTEGER, part BIGINT, {keys}, value VARCHAR"
        for table, others in (
            ("fired", "start TIMESTAMP, stop TIMESTAMP, reached BIGINT"),
            ("struck", "base INTEGER, seq BIGINT, time TIMESTAMP, told VARCHAR"),
            ("known_values", "first TIMESTAMP, n BIGINT"),
        ):
            self._db.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({own}, {others})")
        self.hits = 0

    # -- what fired ------------------------------------------------------------------------

    def add_single(self, number: int, hits: str) -> None:
        """Take over the hits of a rule about single events, of which each is a firing."""
        if self._strike(number, hits):
            self._db.execute(
                f"""INSERT INTO fired BY NAME SELECT * EXCLUDE (base, seq, time, told, value),
                '' AS value, time AS start, time AS stop, 1 AS reached
                FROM struck WHERE rule = {number}"""
            )

    def add(self, number: int, hits: str, firings: str) -> None:
        """Take over what any other rule fired.

        Args:
            number: the rule's position.
            hits: query for its hits.
            firings: query for its firings; it may read ``hits`` and ``sightings``.
        """
        rule = self._rules[number]
        found = one(
            self._db,
            f"""INSERT INTO fired BY NAME
            SELECT {number} AS rule, * REPLACE (coalesce(value, '') AS value) FROM ({firings})""",
        )
        if not found:
            return
        group = f"part, {', '.join(self._keys[: self._counts[number]])}"
        fired = f"(SELECT * FROM fired WHERE rule = {number})"
        # Of all that was learned from or counted, only what fired is listed.
        self._strike(number, f"SELECT * FROM ({hits}) SEMI JOIN {fired} USING ({group})")
        if rule.directives.first_seen:
            self._db.execute(
                f"""INSERT INTO known_values BY NAME
                SELECT {number} AS rule, {group}, value, first, n
                FROM sightings SEMI JOIN {fired} USING ({group})"""
            )

    def _strike(self, number: int, hits: str) -> int:
        told = "value" if self._rules[number].directives.first_seen else "''"
        found = one(
            self._db,
            f"""INSERT INTO struck BY NAME
            SELECT {number} AS rule, {told} AS told, * EXCLUDE (source) FROM ({hits})""",
        )
        self.hits += found
        return found

    # -- matches ---------------------------------------------------------------------------

    def matches(self) -> dict[int, list[Match]]:
        """Give the matches of each rule that has any, in order of part and time."""
        if not self.hits:
            return {}
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE islands AS {self._islands()}")
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE involved AS {self._involved()}")
        ids = [rule.id for rule in self._rules]
        self._db.execute(_MATCHED, [ids])
        rows = self._db.execute(self._summary()).fetchall()
        expected = self._expected([island for _, island, _, value, *_ in rows if value])
        found: dict[int, list[Match]] = {}
        for number, island, part, value, reached, count, first, last, seqs, *keys in rows:
            rule = self._rules[number]
            found.setdefault(number, []).append(
                Match(
                    rule,
                    part,
                    tuple(keys[: self._counts[number]]),
                    value or None,
                    int(reached),
                    count,
                    first.replace(tzinfo=UTC),
                    last.replace(tzinfo=UTC),
                    tuple(seqs),
                    expected.get(island, ()),
                    island,
                )
            )
        return found

    def _same(self, left: str, right: str) -> str:
        keys = (f"{left}.{k} IS NOT DISTINCT FROM {right}.{k}" for k in self._keys)
        return f"{left}.rule = {right}.rule AND {left}.part = {right}.part AND {' AND '.join(keys)}"

    def _islands(self) -> str:
        keys = ", ".join(self._keys)
        group = f"rule, part, {keys}, value"
        late = f"stop >= TIMESTAMP '{_plain(self._since)}'" if self._since else "true"
        return f"""
            SELECT row_number() OVER (ORDER BY rule, part, min(start), {keys}) AS island,
                   {group}, min(start) AS start, max(stop) AS stop, max(reached) AS reached
            FROM (SELECT *, sum(fresh) OVER (PARTITION BY {group} ORDER BY start, stop) AS number
                  FROM (SELECT *, CASE WHEN start > max(stop) OVER (PARTITION BY {group}
                            ORDER BY start, stop ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                            + {QUIET} THEN 1 ELSE 0 END AS fresh
                        FROM (SELECT *, {late} AS late FROM fired)))
            GROUP BY {group}, late, number"""

    def _involved(self) -> str:
        """Events inside each island, each once."""
        return f"""
            SELECT i.*, h.seq, any_value(h.time) AS time, min(h.base) AS base,
                   any_value(h.value) AS seen
            FROM islands i JOIN struck h ON {self._same("h", "i")} AND h.told = i.value
                 AND h.time BETWEEN i.start AND i.stop
            GROUP BY ALL"""

    def _summary(self) -> str:
        """Islands with their events counted, and samples of these."""
        keys = ", ".join(f"any_value({k}) AS {k}" for k in self._keys)
        return f"""
            SELECT any_value(rule), island, any_value(part), any_value(value), any_value(reached),
                   count(*), min(time), max(time),
                   list(seq ORDER BY time, seq) FILTER (rank <= {SAMPLES}), {keys}
            FROM (SELECT *, row_number() OVER (PARTITION BY island
                                ORDER BY novel DESC, least(up, down), time) AS rank
                  FROM (SELECT *, row_number() OVER (PARTITION BY island, base, seen
                                      ORDER BY time, seq) = 1 AS novel,
                               row_number() OVER (PARTITION BY island ORDER BY time, seq) AS up,
                               row_number() OVER (PARTITION BY island
                                      ORDER BY time DESC, seq DESC) AS down
                        FROM involved))
            GROUP BY island ORDER BY island"""

    def _expected(self, islands: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Give for each island what its identity was seen with before, the most frequent values first.

        Many islands of one identity with many values make as many pairs: some are asked at a time.
        """
        found: dict[int, tuple[str, ...]] = {}
        for start in range(0, len(islands), _TOGETHER):
            some = islands[start : start + _TOGETHER]
            rows: list[Any] = self._db.execute(
                f"""SELECT island, list(value ORDER BY n DESC, value)[:{EXPECTED}]
                    FROM (SELECT i.island, s.value, sum(s.n) AS n FROM islands i
                          JOIN known_values s ON {self._same("s", "i")}
                              AND s.value <> i.value AND s.first < i.start
                          WHERE i.island BETWEEN {some[0]} AND {some[-1]} GROUP BY ALL)
                    GROUP BY island"""
            ).fetchall()
            found |= {island: tuple(values) for island, values in rows}
        return found


def _plain(time: datetime) -> datetime:
    """DuckDB keeps times without a zone, in UTC."""
    return time.astimezone(UTC).replace(tzinfo=None)


_MATCHED: Final = f"""
    INSERT INTO matched SELECT list_extract(?::VARCHAR[], rule + 1), island, seq
    FROM (SELECT rule, island, seq, count(*) OVER (PARTITION BY island) AS number,
                 row_number() OVER (PARTITION BY island ORDER BY time, seq) AS place FROM involved)
    WHERE number > {SAMPLES} AND place <= {EXAMINED}"""
