"""Base rules → hits: one row for each event that a base rule matches.

A hit has the columns ``base`` (position in the rule), ``source``, ``part``, ``seq``, ``time``, the
group keys ``k0``, ``k1``, … and ``value``. An event with a null or empty key takes no part.
"""

from dataclasses import dataclass
from typing import Protocol

from rekey.converters.duckdb.asked import keys_of, names_of, value_of
from rekey.converters.duckdb.condition import Columns, predicate
from rekey.converters.duckdb.interest import Interest, interest
from rekey.converters.duckdb.layout import Layout, is_known
from rekey.converters.duckdb.sql import literal
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import BaseRule, Kind, Rule


class FromClause(Protocol):
    """Gives a FROM clause over the store's events; see :meth:`rekey.store.Store.from_clause`."""

    def __call__(self, source: str, names: frozenset[str], interest: Interest | None = None) -> str:
        """Write the clause."""
        ...


@dataclass(frozen=True)
class Hits:
    """A query for hits, and how many key columns it has."""

    sql: str
    keys: tuple[str, ...]
    """Names of the key columns."""


def hits(rule: Rule, layouts: dict[str, Layout], from_clause: FromClause) -> Hits:
    """Compile all base rules of a rule into one query."""
    counts = {len(keys_of(rule, base)) for base in rule.bases}
    keys = tuple(f"k{i}" for i in range(counts.pop()))
    selects = [
        _select(rule, index, base, layouts[base.source.name], from_clause)
        for index, base in enumerate(rule.bases)
    ]
    return Hits(" UNION ALL ".join(selects), keys)


def _select(rule: Rule, index: int, base: BaseRule, layout: Layout, from_clause: FromClause) -> str:
    columns, joins, where = _parts(rule, base, layout)
    # An array may hold one value twice: that is still one event.
    once = "DISTINCT " if joins else ""
    events = from_clause(base.source.name, names_of(rule, base), interest(rule, base, layout))
    return (
        f"SELECT {once}{index} AS base, {literal(base.source.name)} AS source, part, seq, time,"
        f" {', '.join(columns)} FROM {events}{''.join(joins)} WHERE {' AND '.join(where)}"
    )


def _parts(rule: Rule, base: BaseRule, layout: Layout) -> tuple[list[str], list[str], list[str]]:
    """Columns, joins and conditions of one base rule."""
    columns, joins = [], []
    where = [predicate(base.condition, Columns(base.source, layout.column))]
    wanted = [(f"k{i}", key) for i, key in enumerate(keys_of(rule, base))]
    for alias, each in [*wanted, ("value", value_of(rule))]:
        sql = _text(base.source, layout, each)
        if each in base.source.fields and base.source.is_array(each):
            joins.append(f", unnest({sql}) AS u_{alias}({alias}_item)")
            sql = f"{alias}_item"
        columns.append(f"{sql} AS {alias}")
        if each and rule.kind is not Kind.SINGLE:
            where.append(f"coalesce({sql}, '') <> ''")
    return columns, joins, where


def _text(source: LogSourceFields, layout: Layout, each: str | None) -> str:
    if each is None or not is_known(source, each):
        return "NULL::VARCHAR"
    sql = layout.column(each)
    is_array = each in source.fields and source.is_array(each)
    return sql if is_array else f"CAST({sql} AS VARCHAR)"
