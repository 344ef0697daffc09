"""The names of the calls that rules are about, found by one look at each event.

Most events are about calls that no rule names. One automaton over all the names finds that out;
what is left gets the number of its name, against which each rule is compared.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rekey.converters.duckdb.condition import Columns, matches_any, required_patterns
from rekey.converters.duckdb.gate import Gate, is_plain, unescaped
from rekey.converters.duckdb.layout import Layout, raw_fields
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.rule import Condition

NAMED = '"rekey.named"'
"""Column that says whether an event has one of the names."""

NUMBER = '"rekey.number"'
"""Column of the number of its name, null where only a pattern fits it."""


@dataclass(frozen=True)
class Calls:
    """The names, in one field.

    Attributes:
        layout: of the source.
        field: the light field that most rules are about.
        names: plain names, sorted; their numbers count from 0.
        patterns: all of them as patterns, and further ones.
    """

    layout: Layout
    field: str | None
    names: tuple[str, ...]
    patterns: frozenset[str]

    @property
    def enum(self) -> str:
        """Name the type whose values are the names."""
        return name(f"rekey_calls_{self.layout.source.name}")

    def create_enum(self) -> str:
        """Write the statement that makes the type; DuckDB finds a value of one by its hash."""
        return f"CREATE TYPE {self.enum} AS ENUM ({', '.join(map(literal, self.names))})"

    def named(self) -> str:
        """Write the test whether an event has one of the names."""
        if self.field is None:
            return "false"
        return matches_any(self.field, self.patterns, self._columns)

    def number(self) -> str:
        """Write the number of an event's name."""
        if not self.names or self.field is None:
            return "NULL::INTEGER"
        # A cast that fails takes DuckDB a hundred times as long as one that does not.
        plain = matches_any(self.field, map(re.escape, self.names), self._columns)
        number = f"CASE WHEN {plain} THEN enum_code(CAST({self.text()} AS {self.enum})) END"
        return f"CASE WHEN {NAMED} THEN {number} END"

    def text(self) -> str:
        """Write the name of an event's call, folded as patterns are."""
        return f"lower(CAST({self.layout.column(self.field)} AS VARCHAR))" if self.field else "NULL"

    def tells(self, gate: Gate) -> bool:
        """Say whether the name of an event's call tells of most events that they pass no gate."""
        return self.field in gate.patterns

    def passing(self, gate: Gate) -> tuple[frozenset[int], bool]:
        """Give the numbers of the names that may pass a gate, and whether names without one may."""
        known = {each: number for number, each in enumerate(self.names)}
        found: set[int] = set()
        others = False
        for pattern in gate.patterns[self.field or ""]:
            if is_plain(pattern) and unescaped(pattern) in known:
                found.add(known[unescaped(pattern)])
            else:
                others, fits = True, re.compile(pattern, re.DOTALL).fullmatch
                found.update(number for each, number in known.items() if fits(each))
        return frozenset(found), others

    def names_any(self, condition: Condition, texts: Iterable[str]) -> bool:
        """Say whether some of the texts, which are folded, are of a call that a condition names.

        A condition that names none is met by any.
        """
        patterns = required_patterns(condition).get(self.field or "")
        if patterns is None:
            return True
        return any(map(re.compile("|".join(patterns), re.DOTALL).fullmatch, texts))

    @property
    def _columns(self) -> Columns:
        return Columns(self.layout.source, self.layout.column)


def calls_of(gates: Iterable[Gate], layout: Layout) -> Calls:
    """Gather the names of the calls that gates are about."""
    layout, gates = layout.computed, list(gates)
    fields = {
        field: {p for each in gates for p in each.patterns.get(field, ())}
        for each in gates
        for field in each.patterns
        if not layout.source.is_array(field)
    }
    by_use = sorted(fields, key=lambda field: (-len(fields[field]), field))
    if not by_use:
        return Calls(layout, None, (), frozenset())
    patterns = fields[by_use[0]]
    # A NUL is no text that a type can have; such a name stays a pattern.
    names = sorted({unescaped(p) for p in patterns if is_plain(p)} - {""})
    names = [each for each in names if "\0" not in each]
    return Calls(layout, by_use[0], tuple(names), frozenset(patterns))


def narrowed(gate: Gate, layout: Layout, test: str | None = None) -> str:
    """Write a test so that few events are asked for all of it.

    Outside of WHERE, DuckDB works out every part of an AND; so one field is looked at first.

    Args:
        gate: what passes the test passes it.
        layout: of the source.
        test: the gate's own, if none is given.
    """
    test = test or gate.test
    if not gate.patterns:
        return test
    own = raw_fields(layout.source, "action.name")
    ways = ((f not in own, not all(map(is_plain, p)), f) for f, p in gate.patterns.items())
    *_, field = min(ways)
    first = matches_any(field, gate.patterns[field], Columns(layout.source, layout.column))
    return f"CASE WHEN {first} THEN {test} ELSE false END"
