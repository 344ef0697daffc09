"""Which events a base rule may be about, told from plain fields while the log is being read.

Sound by construction: whatever a base rule matches passes its gate.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sigma.types import SigmaType

from rekey.converters.duckdb.condition import (
    Columns,
    relaxed,
    required_patterns,
    required_values,
)
from rekey.converters.duckdb.layout import Layout, is_known, raw_fields
from rekey.converters.duckdb.mention import mention
from rekey.converters.duckdb.sql import name
from rekey.converters.registry import COMMON_DERIVED, CONTEXT, LogSourceFields
from rekey.converters.rule import BaseRule


@dataclass(frozen=True)
class Gate:
    """What every match of a base rule fulfils.

    Attributes:
        test: SQL over light columns.
        patterns: patterns of which every match fits one, by light field.
        is_narrow: it names calls, or whole values of another field, and so lets little through.
        nearer: SQL that every match fulfils too, which says more and costs more than ``test``: it looks at what
            is told by a text as well, and at the texts of the heavy keys in ``roots``.
        roots: heavy keys.
    """

    test: str
    patterns: Mapping[str, frozenset[str]]
    is_narrow: bool
    nearer: str
    roots: frozenset[str]


def gate(base: BaseRule, layout: Layout) -> Gate:
    """Give the gate of a base rule."""
    source = base.source
    columns = Columns(source, layout.column)
    test = relaxed(base.condition, columns, layout.is_light)
    required = required_patterns(base.condition)
    patterns = {field: p for field, p in required.items() if layout.is_light(field)}
    values = set(filter(layout.is_light, required_values(base.condition)))
    named = bool(values | (patterns.keys() & raw_fields(source, "action.name")))

    def hint(field: str, value: SigmaType) -> str | None:
        return mention(source, field, value) if layout.is_heavy_name(field) else None

    def usable(each: str) -> bool:
        return layout.is_light(each) or text_of(layout, each) is not None

    nearer = relaxed(base.condition, columns, usable, hint, negations=True) or "true"
    roots = frozenset(root for root in source.heavy if name(root) in nearer)
    is_narrow = test is not None and named
    return Gate(test or "true", patterns, is_narrow, nearer, roots)


def text_of(layout: Layout, each: str) -> str | None:
    """Give the light field on which a name rests alone, if there is one and a look-up says nothing."""
    source = layout.source
    if each in COMMON_DERIVED or each in ("actor.kind", CONTEXT) or not is_known(source, each):
        return None
    inputs = raw_fields(source, each)
    alone = next(iter(inputs)) if len(inputs) == 1 else None
    return alone if alone and layout.is_light(alone) and not source.is_array(alone) else None


def is_plain(pattern: str) -> bool:
    """Say whether a pattern fits one text only."""
    return _WILD.search(pattern) is None


def unescaped(pattern: str) -> str:
    """Give the text of a plain pattern."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def are_exclusive(one: Gate, other: Gate, source: LogSourceFields) -> bool:
    """Say whether no event can pass both gates, because a field would have to hold two texts."""
    both = (f for f in one.patterns.keys() & other.patterns.keys() if not source.is_array(f))
    return any(
        all(_differ(a, b) for a in one.patterns[field] for b in other.patterns[field])
        for field in both
    )


def _differ(one: str, other: str) -> bool:
    """Say whether no text fits both patterns; what stands before the first wildcard decides."""
    start, rest, *_ = (*_WILD.split(one, maxsplit=1), None)
    beginning, end, *_ = (*_WILD.split(other, maxsplit=1), None)
    if rest is None and end is None:
        return start != beginning
    if rest is None:
        return not start.startswith(beginning)
    if end is None:
        return not beginning.startswith(start)
    return not (start.startswith(beginning) or beginning.startswith(start))


_WILD = re.compile(r"(?<!\\)\.")
"""A wildcard in a pattern; dots that are meant are escaped."""
