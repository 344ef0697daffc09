"""Which events a base rule may be about, told from plain fields while the log is being read.

Sound by construction: whatever a base rule matches passes its gate.
"""

from collections.abc import Iterable, Mapping, Sequence
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
        is_narrow: it names calls, or whole values of another field, and so lets little through.
    """

    test: str
    patterns: Mapping[str, frozenset[str]]
    is_narrow: bool


def gate(base: BaseRule, layout: Layout) -> Gate:
    """Give the gate of a base rule."""
    source = base.source
    test = relaxed(base.condition, Columns(source, layout.column), layout.is_light)
    required = required_patterns(base.condition)
    patterns = {field: p for field, p in required.items() if layout.is_light(field)}
    values = set(filter(layout.is_light, required_values(base.condition)))
    named = bool(values | (patterns.keys() & raw_fields(source, "action.name")))
    return Gate(test or "true", patterns, is_narrow=test is not None and named)


def any_of(gates: Sequence[Gate], layout: Layout) -> str:
    """Write "passes one of these gates", quick to say no.

    Most events are about calls that no rule names. One look at the call's name, against all the
    names there are, finds that out, and one look at each other field for the gates that name no call;
    only what is left is asked for the gates' own conditions.
    """
    if any(each.test == "true" for each in gates):
        return "true"
    names = raw_fields(layout.source, "action.name")
    looks: dict[str, list[Gate]] = {}
    found: list[str] = []
    for each in gates:
        if each.patterns:
            ways = ((field not in names, _is_wide(p), field) for field, p in each.patterns.items())
            *_, field = min(ways)
            looks.setdefault(field, []).append(each)
        else:
            found.append(each.test)
    for field, those in sorted(looks.items()):
        patterns = {pattern for each in those for pattern in each.patterns[field]}
        quick = matches_any(field, patterns, Columns(layout.source, layout.column))
        if names == {field}:  # it says it all: few calls of these names are not meant
            found.append(quick)
        else:
            exact = " OR ".join(dict.fromkeys(each.test for each in those))
            found.append(f"CASE WHEN {quick} THEN {exact} ELSE false END")
    return " OR ".join(dict.fromkeys(found)) or "false"


def _is_wide(patterns: Iterable[str]) -> bool:
    """Tell patterns that let much through from plain values."""
    return any(".*" in pattern for pattern in patterns)
