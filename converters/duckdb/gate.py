"""Which events the rules may be about at all, told from plain fields while the log is being read.

Derived from the rules and never written by hand. Sound by construction: whatever a base rule
matches passes its gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rekey.converters.duckdb.condition import (
    Columns,
    matches_any,
    relaxed,
    required_patterns,
    required_values,
)
from rekey.converters.duckdb.layout import Layout, raw_fields
from rekey.converters.rule import BaseRule


@dataclass(frozen=True)
class Gate:
    """What every match of a base rule fulfils.

    Attributes:
        test: SQL over light columns.
        patterns: patterns of which every match fits one, by light field.
    """

    test: str
    patterns: Mapping[str, frozenset[str]]


def gate(base: BaseRule, layout: Layout) -> Gate | None:
    """Give the gate of a base rule; ``None`` if the rule may be about any call.

    A rule belongs behind the gate if it names the calls, or whole values of any other field.
    """
    source = base.source

    def light(field: str) -> bool:
        return field in source.fields and not layout.is_heavy(field)

    test = relaxed(base.condition, Columns(source, layout.column), light)
    patterns = {f: p for f, p in required_patterns(base.condition).items() if light(f)}
    values = set(filter(light, required_values(base.condition)))
    if test is None or not values | (patterns.keys() & raw_fields(source, "action.name")):
        return None
    return Gate(test, patterns)


def any_of(gates: Sequence[Gate], layout: Layout) -> str:
    """Write "passes one of these gates", quick to say no.

    Most events are about calls that no rule names. One look at the call's name, against all the
    names there are, finds that out; only what is left is asked for each rule's own condition.
    """
    exact = " OR ".join(dict.fromkeys(each.test for each in gates)) or "false"
    fields = {field for each in gates for field in each.patterns}
    patterns = {
        field: {p for each in gates for p in each.patterns.get(field, ())} for field in fields
    }
    key = max(sorted(patterns), key=lambda field: len(patterns[field]), default=None)
    if key is None:
        return exact
    columns = Columns(layout.source, layout.column)
    rest = dict.fromkeys(_one_look(each, columns) for each in gates if key not in each.patterns)
    quick = " OR ".join([matches_any(key, patterns[key], columns), *rest])
    if raw_fields(layout.source, "action.name") == {key}:
        return quick  # the name says it all: few calls of these names are not meant
    return f"CASE WHEN {quick} THEN {exact} ELSE false END"


def _one_look(gate: Gate, columns: Columns) -> str:
    """Weaken a gate to one field: outside of WHERE, DuckDB works out every part of an AND."""
    if not gate.patterns:
        return gate.test
    field = min(
        sorted(gate.patterns), key=lambda field: any(".*" in p for p in gate.patterns[field])
    )
    return matches_any(field, gate.patterns[field], columns)
