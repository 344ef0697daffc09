"""How much of the log a base rule has to see in full, told while the log is being read.

Reading an event in full costs several times as much as finding it, so that of each rule it is asked
which events decide it. Derived from the rules and never written by hand. Sound by construction:
whatever may fire a rule is read in full, or stands beside an event that looks the same to it.
"""

from dataclasses import dataclass

from rekey.converters.duckdb.asked import keys_of, names_of, value_of
from rekey.converters.duckdb.gate import Gate, gate
from rekey.converters.duckdb.layout import CONTEXT, Layout, is_known, raw_fields
from rekey.converters.duckdb.sql import name
from rekey.converters.rule import BaseRule, Kind, Rule


@dataclass(frozen=True)
class Varying:
    """Only groups with two values matter, to a rule that counts distinct values; most have one.

    Attributes:
        test: SQL that holds wherever the base rule matches.
        group: SQL of the group's hash.
        value: SQL of the value's hash.
    """

    test: str
    group: str
    value: str


@dataclass(frozen=True)
class Shape:
    """Many events look the same to a rule: of each look, one is read in full and stands for all.

    Attributes:
        test: SQL that holds wherever the base rule matches.
        look: SQL of the hash over everything that the rule asks of an event.
    """

    test: str
    look: str


Interest = Gate | Varying | Shape
"""Which events are read in full for a base rule; a gate lets through every one that may match."""


def interest(rule: Rule, base: BaseRule, layout: Layout) -> Interest:
    """Say which events decide a base rule.

    Rules about few kinds of call have a gate, and so have rules about single events: what they
    match is seldom, or they would be noise.

    Raises:
        RekeyError: see :func:`rekey.converters.duckdb.asked.names_of`.
    """
    layout = layout.computed  # told before anything is stored
    found = gate(base, layout)
    names = names_of(rule, base)
    raws = {raw for each in names for raw in raw_fields(base.source, each)}
    if found.is_narrow or rule.kind is Kind.SINGLE or any(map(layout.is_heavy, raws)):
        return found
    return _varying(rule, base, layout, found.test) or _shape(base, raws, found.test)


def _varying(rule: Rule, base: BaseRule, layout: Layout, test: str) -> Varying | None:
    correlation, value = rule.correlation, value_of(rule)
    if rule.kind is not Kind.VALUE_COUNT or correlation is None or value is None:
        return None
    if correlation.count < 2 or correlation.operator not in ("gte", "gt"):
        return None
    if value in ("origin.network", "origin.scope"):
        value = "origin.ip"  # where networks differ, addresses do
    source, keys = base.source, keys_of(rule, base)
    if any(e in source.fields and source.is_array(e) for e in (value, *keys)):
        return None
    if not all(is_known(source, each) for each in (value, *keys)):
        return None
    group = [layout.column(key) for key in keys]
    filled = [f"coalesce(CAST({key} AS VARCHAR), '') <> ''" for key in group]
    return Varying(
        " AND ".join([test, *filled]), f"hash({', '.join(group)})", f"hash({layout.column(value)})"
    )


def _shape(base: BaseRule, raws: set[str], test: str) -> Shape:
    asked = [name(raw) for raw in base.source.fields if raw in raws]
    return Shape(test, f"hash({', '.join([*asked, name(CONTEXT)])})")
