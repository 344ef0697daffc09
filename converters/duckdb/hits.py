"""Base rules → hits: one row for each event that a base rule matches.

A hit has the columns ``base`` (position in the rule), ``source``, ``part``, ``seq``, ``time``, the
group keys ``k0``, ``k1``, … and ``value``. An event with a null or empty key takes no part.
"""

from dataclasses import dataclass
from typing import Protocol

from rekey.converters.duckdb.condition import Columns, fields, predicate
from rekey.converters.duckdb.gate import gate
from rekey.converters.duckdb.layout import Layout, is_known
from rekey.converters.duckdb.sql import literal
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import BaseRule, Kind, Rule
from rekey.errors import Place, RekeyError

SINGLE_KEYS = ("actor.id", "credential.id")
"""Matches of a single-event rule are folded by these."""


class FromClause(Protocol):
    """Gives a FROM clause over the store's live events; see :meth:`rekey.store.Store.from_clause`."""

    def __call__(self, source: str, names: frozenset[str], *, gated: bool = False) -> str:
        """Write the clause."""
        ...


@dataclass(frozen=True)
class Hits:
    """A query for hits, and how many key columns it has."""

    sql: str
    keys: tuple[str, ...]
    """Names of the key columns."""


def names_of(rule: Rule, base: BaseRule) -> frozenset[str]:
    """Every field, derived field and role that a base rule needs.

    Raises:
        RekeyError: the registry does not know one of them.
    """
    keys = SINGLE_KEYS if rule.kind is Kind.SINGLE else rule.group_fields(base)
    value = rule.correlation.field if rule.correlation else None
    needed = fields(base.condition) | set(keys) | ({value} if value else set())
    for each in sorted(needed):
        if each not in SINGLE_KEYS and not is_known(base.source, each):
            raise RekeyError(
                f"names the field {each}, which {base.source.name} does not have",
                place=Place(rule.file),
                hint=f"Its fields are listed in converters/fields/{base.source.name}.yml.",
            )
    return frozenset(needed)


def hits(rule: Rule, layouts: dict[str, Layout], from_clause: FromClause) -> Hits:
    """Compile all base rules of a rule into one query."""
    counts = {len(_keys(rule, base)) for base in rule.bases}
    keys = tuple(f"k{i}" for i in range(counts.pop()))
    selects = [
        _select(rule, index, base, layouts[base.source.name], from_clause)
        for index, base in enumerate(rule.bases)
    ]
    return Hits(" UNION ALL ".join(selects), keys)


def _keys(rule: Rule, base: BaseRule) -> tuple[str, ...]:
    return SINGLE_KEYS if rule.kind is Kind.SINGLE else rule.group_fields(base)


def _select(rule: Rule, index: int, base: BaseRule, layout: Layout, from_clause: FromClause) -> str:
    value = rule.correlation.field if rule.correlation else None
    columns, joins, where = _parts(rule, base, layout, value)
    if reduction := _reduction(rule, base, layout, from_clause):
        where.append(reduction)
    # An array may hold one value twice: that is still one event.
    once = "DISTINCT " if joins else ""
    return (
        f"SELECT {once}{index} AS base, {literal(base.source.name)} AS source, part, seq, time,"
        f" {', '.join(columns)} FROM {_events(base, layout, from_clause, names_of(rule, base))}"
        f"{''.join(joins)} WHERE {' AND '.join(where)}"
    )


def _events(
    base: BaseRule,
    layout: Layout,
    from_clause: FromClause,
    names: frozenset[str],
) -> str:
    return from_clause(base.source.name, names, gated=gate(base, layout) is not None)


def _parts(
    rule: Rule, base: BaseRule, layout: Layout, value: str | None
) -> tuple[list[str], list[str], list[str]]:
    """Columns, joins and conditions of one base rule."""
    columns, joins = [], []
    where = [predicate(base.condition, Columns(base.source, layout.column))]
    wanted = [(f"k{i}", key) for i, key in enumerate(_keys(rule, base))]
    for alias, each in [*wanted, ("value", value)]:
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


def _reduction(rule: Rule, base: BaseRule, layout: Layout, from_clause: FromClause) -> str | None:
    """Keep only groups that hold at least two different values at all.

    Most groups never vary; a cheap aggregate spares the window most of the log. A network needs
    a join, so the address stands in for it: where networks differ, addresses do.
    """
    correlation = rule.correlation
    if rule.kind is not Kind.VALUE_COUNT or correlation is None or correlation.field is None:
        return None
    value = correlation.field
    keys = _keys(rule, base)
    arrays = [f for f in (value, *keys) if f in base.source.fields and base.source.is_array(f)]
    if arrays or correlation.count < 2 or correlation.operator not in ("gte", "gt"):
        return None
    if value in ("origin.network", "origin.scope"):
        value = "origin.ip"
    names = (names_of(rule, base) - {correlation.field}) | {value}
    _, _, where = _parts(rule, base, layout, value)
    value_sql = _text(base.source, layout, value)
    key_sql = ", ".join(_text(base.source, layout, key) for key in keys)
    return (
        f"(part, {key_sql}) IN (SELECT (part, {key_sql})"
        f" FROM {_events(base, layout, from_clause, names)} WHERE {' AND '.join(where)}"
        f" GROUP BY part, {key_sql} HAVING min({value_sql}) <> max({value_sql}))"
    )
