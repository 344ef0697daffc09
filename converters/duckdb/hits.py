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
from rekey.converters.duckdb.sql import literal
from rekey.converters.registry import LogSourceFields
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
    """A query for hits, and how many key columns it has."""

    sql: str
    keys: tuple[str, ...]
    """Names of the key columns."""


def hits(rule: Rule, layouts: dict[str, Layout], events: Events) -> Hits:
    """Compile all base rules of a rule into one query."""
    counts = {len(keys_of(rule, base)) for base in rule.bases}
    keys = tuple(f"k{i}" for i in range(counts.pop()))
    selects = []
    for index, base in enumerate(rule.bases):
        found = _found(rule, base, layouts[base.source.name], events)
        own = f"{index} AS base, {literal(base.source.name)} AS source"
        selects.append(f"SELECT {own}, part, seq, time, {', '.join(keys)}, value FROM {found}")
    return Hits(" UNION ALL ".join(selects), keys)


def _found(rule: Rule, base: BaseRule, layout: Layout, events: Events) -> str:
    """Write the events that a base rule matches, as the rest of a FROM."""
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
    if isinstance(matters, Shape):
        found += f" AS found JOIN ({events.alike(source, matters)}) AS alike USING (look)"
    return found


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
        columns.append(f"{kept} AS {alias}")
        if each and rule.kind is not Kind.SINGLE:
            where.append(f"coalesce({sql}, '') <> ''")
    return columns, joins, where


def _text(source: LogSourceFields, layout: Layout, each: str | None) -> str:
    if each is None or not is_known(source, each):
        return "NULL::VARCHAR"
    sql = layout.column(each)
    is_array = each in source.fields and source.is_array(each)
    return sql if is_array else f"CAST({sql} AS VARCHAR)"
