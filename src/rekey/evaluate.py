"""One rule over the store: hits, firings, and matches (firings of one actor folded together)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import duckdb

from rekey.baselines import Baselines
from rekey.converters.duckdb.baseline import dormant, first_seen, sightings
from rekey.converters.duckdb.hits import Hits, hits, within_context
from rekey.converters.duckdb.windows import firings
from rekey.converters.rule import Rule
from rekey.database import one
from rekey.store import Store

QUIET: Final = "to_hours(24)"
"""Firings of one rule and one group belong to one alert until it is quiet for this long."""

SAMPLES: Final = 12
"""Events kept for an alert: the first of each value and step, then the first and last ones."""

EXPECTED: Final = 5
"""Values that an identity was seen with before, which an alert on a new one names."""

_TOGETHER: Final = 256
"""Islands that are asked for these values at a time."""

EXAMINED: Final = 20_000
"""Events of an alert whose targets are told; of more, those of its first ones."""


@dataclass(frozen=True)
class Match:
    """What a rule found, before anybody looked at the raw events.

    Attributes:
        keys: values of the group-by fields; for single-event rules actor and credential.
        value: the new value of a first-seen rule.
        reached: the count that was reached; days of silence for dormant rules.
        count: matching events.
        seqs: store ids of sample events, in order of time.
        expected: values seen before, most frequent first.
        island: its number among the rule's matches. If it has more events than samples, the store's
            table ``matched`` holds them all under this number, up to :data:`EXAMINED`.
    """

    rule: Rule
    part: int
    keys: tuple[str | None, ...]
    value: str | None
    reached: int
    count: int
    first: datetime
    last: datetime
    seqs: tuple[int, ...]
    expected: tuple[str, ...] = ()
    island: int = 0


def evaluate(
    rule: Rule,
    store: Store,
    baselines: Baselines,
    *,
    since: datetime | None = None,
    db: duckdb.DuckDBPyConnection | None = None,
) -> list[Match]:
    """Find all matches of a rule, in order of part and time.

    With ``since``, what fired before is another match than what fired from then on, so that the one
    can be told without the other. Events before it belong to both, as far as they lie in the window
    of what fired after.

    Uses temporary tables of the connection, which is ``db`` or else the store's own.
    """
    if store.is_quiet(rule):
        return []
    layouts = {source: plan.layout for source, plan in store.plans.items()}
    compiled = hits(rule, layouts, store)
    learns = rule.directives.first_seen or rule.directives.dormant
    db = db or store.db
    if learns:
        _learn(rule, compiled, store, baselines, db)
    else:
        db.execute(f"CREATE OR REPLACE TEMP TABLE hits AS {compiled.sql}")
        if not one(db, "SELECT count(*) FROM hits"):
            return []
    db.execute(f"CREATE OR REPLACE TEMP TABLE firings AS {_firings(rule, compiled)}")
    if not one(db, "SELECT count(*) FROM firings"):
        return []
    if learns:  # of all that was learned from, only what fired is listed
        fired = (
            f"SELECT * FROM ({compiled.sql}) SEMI JOIN firings USING (part, {_listed(compiled)})"
        )
        db.execute(f"CREATE OR REPLACE TEMP TABLE hits AS {fired}")
    return _matches(rule, compiled, db, since)


def _learn(
    rule: Rule, compiled: Hits, store: Store, baselines: Baselines, db: duckdb.DuckDBPyConnection
) -> None:
    """Fill the table ``sightings``, and keep what a later run has to know."""
    baselines.load(db, rule, len(compiled.keys))
    seen = sightings(compiled.daily, compiled.keys)
    db.execute(f"CREATE OR REPLACE TEMP TABLE sightings AS {seen}")
    if rule.directives.first_seen:
        # Where requests are not kept of every event, the hits have to do.
        hits_alone = f"SELECT part, {_listed(compiled)}, time FROM ({compiled.sql})"
        baselines.watch(db, rule, len(compiled.keys), _requests(rule, store) or [hits_alone])
    baselines.remember(db, rule, len(compiled.keys))


def _listed(compiled: Hits) -> str:
    return ", ".join(compiled.keys)


def _requests(rule: Rule, store: Store) -> list[str]:
    """Write queries for all requests of a rule's identities, where these are kept of every event."""
    queries = []
    for base in rule.bases:
        plan = store.plans[base.source.name]
        fields = rule.group_fields(base)
        if base.source.name not in store.present or not all(map(plan.is_everywhere, fields)):
            continue
        texts = [f"CAST({plan.layout.column(each)} AS VARCHAR)" for each in fields]
        named = [within_context(rule, texts[0]), *texts[1:]]
        columns = ", ".join(f"{text} AS k{i}" for i, text in enumerate(named))
        filled = " AND ".join(f"coalesce({text}, '') <> ''" for text in texts)
        events = store.from_clause(base.source.name, frozenset(fields))
        queries.append(f"SELECT part, {columns}, time FROM {events} WHERE {filled}")
    return list(dict.fromkeys(queries))


def _firings(rule: Rule, compiled: Hits) -> str:
    if rule.directives.first_seen:
        return first_seen(rule.directives.first_seen, compiled.keys)
    if rule.directives.dormant:
        return dormant(rule.directives.dormant, compiled.keys)
    return firings(rule, compiled.keys)


def _matches(
    rule: Rule, compiled: Hits, db: duckdb.DuckDBPyConnection, since: datetime | None
) -> list[Match]:
    keys = _listed(compiled)
    group = f"part, {keys}, value"
    late = f"stop >= TIMESTAMP '{_plain(since)}'" if since else "true"
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE islands AS
        SELECT row_number() OVER (ORDER BY part, min(start), {keys}) AS island, {group},
               min(start) AS start, max(stop) AS stop, max(reached) AS reached
        FROM (SELECT *, sum(fresh) OVER (PARTITION BY {group} ORDER BY start, stop) AS number
              FROM (SELECT *, CASE WHEN start > max(stop) OVER (PARTITION BY {group}
                        ORDER BY start, stop ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                        + {QUIET} THEN 1 ELSE 0 END AS fresh
                    FROM (SELECT *, {late} AS late FROM firings)))
        GROUP BY {group}, late, number"""
    )
    db.execute(f"CREATE OR REPLACE TEMP TABLE involved AS {_involved(rule, compiled)}")
    db.execute("DELETE FROM matched WHERE rule = ?", [rule.id])
    db.execute(_MATCHED, [rule.id])
    rows = db.execute(_summary(compiled)).fetchall()
    expected = _expected(db, compiled, len(rows)) if rule.directives.first_seen else {}
    matches: list[Match] = []
    for island, part, value, reached, count, first, last, seqs, *found in rows:
        matches.append(
            Match(
                rule,
                part,
                tuple(found),
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
    return matches


def _plain(time: datetime) -> datetime:
    """DuckDB keeps times without a zone, in UTC."""
    return time.astimezone(UTC).replace(tzinfo=None)


def _involved(rule: Rule, compiled: Hits) -> str:
    """Events inside each island, each once."""
    same = " AND ".join(f"h.{k} IS NOT DISTINCT FROM i.{k}" for k in compiled.keys)
    if rule.directives.first_seen:
        same += " AND h.value = i.value"
    return f"""
        SELECT i.*, h.seq, any_value(h.time) AS time, min(h.base) AS base, any_value(h.value) AS seen
        FROM islands i JOIN hits h ON h.part = i.part AND {same} AND h.time BETWEEN i.start AND i.stop
        GROUP BY ALL"""


_MATCHED: Final = f"""
    INSERT INTO matched SELECT ?, island, seq
    FROM (SELECT island, seq, count(*) OVER (PARTITION BY island) AS number,
                 row_number() OVER (PARTITION BY island ORDER BY time, seq) AS place FROM involved)
    WHERE number > {SAMPLES} AND place <= {EXAMINED}"""


def _summary(compiled: Hits) -> str:
    """Islands with their events counted, and samples of these."""
    keys = ", ".join(f"any_value({k}) AS {k}" for k in compiled.keys)
    return f"""
        SELECT island, any_value(part), any_value(value), any_value(reached),
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


def _expected(
    db: duckdb.DuckDBPyConnection, compiled: Hits, islands: int
) -> dict[int, tuple[str, ...]]:
    """Give for each island what its identity was seen with before, the most frequent values first.

    Many islands of one identity with many values make as many pairs: some are asked at a time.
    """
    same = " AND ".join(f"s.{k} IS NOT DISTINCT FROM i.{k}" for k in compiled.keys)
    found: dict[int, tuple[str, ...]] = {}
    for first in range(1, islands + 1, _TOGETHER):
        rows: list[Any] = db.execute(
            f"""SELECT island, list(value ORDER BY n DESC, value)[:{EXPECTED}]
                FROM (SELECT i.island, s.value, sum(s.n) AS n FROM islands i
                      JOIN sightings s ON s.part = i.part AND {same}
                          AND s.value <> i.value AND s.first < i.start
                      WHERE i.island BETWEEN {first} AND {first + _TOGETHER - 1} GROUP BY ALL)
                GROUP BY island"""
        ).fetchall()
        found |= {island: tuple(values) for island, values in rows}
    return found
