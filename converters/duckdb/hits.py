"""Base rules → hits: one row for each event that a base rule matches.

A hit has the columns ``base`` (position in the rule), ``source``, ``part``, ``seq``, ``time``, the
group keys ``k0``, ``k1``, … and ``value``. An event with a null or empty key takes no part.
"""

from dataclasses import dataclass
from typing import Protocol

from rekey.converters.duckdb.asked import keys_of, names_of, value_of
from rekey.converters.duckdb.baseline import template
from rekey.converters.duckdb.condition import Columns, predicate
from rekey.converters.duckdb.interest import Interest, Shape, interest
from rekey.converters.duckdb.layout import Layout, is_known
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import CONTEXT, LogSourceFields
from rekey.converters.rule import BaseRule, Kind, Rule


class Events(Protocol):
    """Gives the events of a run; see :class:`rekey.store.Store`."""

    def from_clause(
        self, source: str, names: frozenset[str], interest: Interest | None = None
    ) -> str:
        """Write a FROM clause over the events that matter to a rule.

        Of events that look the same to it, one stands for all, and has the column ``look``.
        """
        ...

    def alike(self, source: str, shape: Shape) -> str:
        """Write the query for all events that look the same: ``look``, ``part``, ``seq``, ``time``."""
        ...


@dataclass(frozen=True)
class Hits:
    """Queries for hits.

    Attributes:
        sql: every hit.
        daily: hits of one group with one value on one day: ``part``, the keys, ``value``, ``day``,
            ``first``, ``last`` and ``n``, in one row or several. Where many events look the same, this
            is asked for much less.
        keys: names of the key columns.
    """

    sql: str
    daily: str
    keys: tuple[str, ...]


def hits(rule: Rule, layouts: dict[str, Layout], events: Events) -> Hits:
    """Compile all base rules of a rule into one query."""
    counts = {len(keys_of(rule, base)) for base in rule.bases}
    keys = tuple(f"k{i}" for i in range(counts.pop()))
    listed = ", ".join(keys)
    every, daily = [], []
    for index, base in enumerate(rule.bases):
        found, by_day = _found(rule, base, layouts[base.source.name], events)
        own = f"{index} AS base, {literal(base.source.name)} AS source"
        every.append(f"SELECT {own}, part, seq, time, {listed}, value FROM {found}")
        daily.append(f"SELECT part, {listed}, value, day, first, last, n FROM {by_day}")
    return Hits(" UNION ALL ".join(every), " UNION ALL ".join(daily), keys)


def _found(rule: Rule, base: BaseRule, layout: Layout, events: Events) -> tuple[str, str]:
    """Write the events that a base rule matches, one by one and by day, each as the rest of a FROM."""
    columns, joins, where = _parts(rule, base, layout)
    source, matters = base.source.name, interest(rule, base, layout)
    # An array may hold one value twice: that is still one event.
    once = "DISTINCT " if joins else ""
    own = "look" if isinstance(matters, Shape) else "part, seq, time"
    found = (
        f"(SELECT {once}{own}, {', '.join(columns)} FROM"
        f" {events.from_clause(source, names_of(rule, base), matters)}{''.join(joins)}"
        f" WHERE {' AND '.join(where)})"
    )
    days = "time::DATE AS day, min(time) AS first, max(time) AS last, count(*) AS n"
    if isinstance(matters, Shape):
        alike = events.alike(source, matters)
        by_day = f"SELECT look, part, {days} FROM ({alike}) GROUP BY ALL"
        every, daily = (f"{found} AS found JOIN ({q}) USING (look)" for q in (alike, by_day))
        return every, daily
    return found, f"(SELECT * EXCLUDE (seq, time), {days} FROM {found} GROUP BY ALL)"


def _parts(rule: Rule, base: BaseRule, layout: Layout) -> tuple[list[str], list[str], list[str]]:
    """Columns, joins and conditions of one base rule."""
    columns, joins = [], []
    learns = rule.directives.first_seen or rule.directives.dormant
    where = [predicate(base.condition, Columns(base.source, layout.column))]
    wanted = [(f"k{i}", key) for i, key in enumerate(keys_of(rule, base))]
    for alias, each in [*wanted, ("value", value_of(rule))]:
        sql = _text(base.source, layout, each)
        if each in base.source.fields and base.source.is_array(each):
            joins.append(f", unnest({sql}) AS u_{alias}({alias}_item)")
            sql = f"{alias}_item"
        # What is learned is learned without what changes by itself.
        kept = template(sql) if learns and alias == "value" else sql
        kept = within_context(rule, kept) if alias == "k0" else kept
        columns.append(f"{kept} AS {alias}")
        if each and rule.kind is not Kind.SINGLE:
            where.append(f"coalesce({sql}, '') <> ''")
    return columns, joins, where


def within_context(rule: Rule, key: str) -> str:
    """Put the cluster before a group's first key, where the wrapping names one.

    Two clusters have service accounts of one name: what they do is not one identity's doing. Other
    sources do not know the cluster, so that a rule over several has to do without.
    """
    [source, *others] = {base.source.name: base.source for base in rule.bases}.values()
    if rule.kind is Kind.SINGLE or others or not source.may_name_cluster:
        return key
    return f"coalesce({name(CONTEXT)} || '/', '') || {key}"


def _text(source: LogSourceFields, layout: Layout, each: str | None) -> str:
    if each is None or not is_known(source, each):
        return "NULL::VARCHAR"
    sql = layout.column(each)
    is_array = each in source.fields and source.is_array(each)
    return sql if is_array else f"CAST({sql} AS VARCHAR)"
