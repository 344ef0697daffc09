"""Conditions as EQL, which ignores case with ``:`` and drops events without a field from ``not``.

Each negated test therefore lets the missing field through by itself. EQL cannot read flattened or
nested fields: parts of a flattened object are looked for in its text where there is one.
https://www.elastic.co/docs/reference/query-languages/eql/eql-syntax
"""

from dataclasses import dataclass
from typing import TypeGuard

from rekey.converters.elastic.condition import (
    And,
    Compare,
    Condition,
    Constant,
    Empty,
    Equals,
    Like,
    Not,
    Or,
    Outside,
    Since,
    Test,
    Unsupported,
    Wildcard,
    Within,
    negate,
)
from rekey.converters.elastic.dsl import NOT_INDEXED, NUMBERS
from rekey.converters.elastic.quoting import column, literal, number
from rekey.converters.elastic.schema import Indexed, InText, Schema
from rekey.converters.elastic.sight import COMPUTED
from rekey.converters.registry import LogSourceFields


@dataclass(frozen=True)
class Eql:
    """Writes conditions on one log source."""

    source: LogSourceFields
    schema: Schema

    def blindness(self, test: Test) -> str | None:
        """Say why a test cannot be carried out."""
        if isinstance(test, Since):
            return "EQL compares no moments"
        if test.field not in self.source.fields:
            return COMPUTED
        field = self.schema.field(self.source, test.field)
        if field is None:
            return NOT_INDEXED
        if any(letter in part for part in _parts(test) if isinstance(part, str) for letter in "*?"):
            return "EQL knows wildcards only, and no such letters"
        if field.nested or (field.type == "flattened" and field.text is None):
            return "EQL does not read flattened and nested fields"
        match test:
            case Within() | Outside() if field.address is None:
                return "not indexed as an address"
            case Equals() | Like() if field.type in ("text", "date"):
                return f"EQL compares no values of type {field.type}"
            case Like() if field.type in ("ip", *NUMBERS):
                return f"no patterns on a field of type {field.type}"
            case Compare(_, operator, _) if operator != "==" and field.type not in NUMBERS:
                return f"no comparison of numbers on a field of type {field.type}"
        return None

    def text(self, condition: Condition, *, inner: bool = False) -> str:
        """Write a condition."""
        match condition:
            case And(parts):
                return _joined(" and ", [self.text(part, inner=True) for part in parts], inner)
            case Or(parts):
                return _joined(" or ", self._alternatives(parts), inner)
            case Not(And(parts)):
                return self.text(Or(tuple(negate(part) for part in parts)), inner=inner)
            case Not(Or(parts)):
                negated = [self._not_any(group) for group in _by_field(parts)]
                return _joined(" and ", negated, inner)
            case Not(part):
                return self._not(part)
            case Constant(value):
                return str(value).lower()
        return self._test(condition)

    def _alternatives(self, parts: tuple[Condition, ...]) -> list[str]:
        """Gather the values of one field: ``field : ("a", "b*")``."""
        lists: dict[str, list[str]] = {}
        others = []
        for part in parts:
            if _is_value(part) and self._is_text(part.field):
                lists.setdefault(part.field, []).append(_pattern(_parts(part)))
            else:
                others.append(self.text(part, inner=True))
        named = []
        for name, values in lists.items():
            field = self.schema.field(self.source, name)
            listed = values[0] if len(values) == 1 else f"({', '.join(values)})"
            named.append(f"{_name(field) if field else column(name)} : {listed}")
        return named + others

    def _is_text(self, name: str) -> bool:
        field = self.schema.field(self.source, name)
        return field is not None and field.type == "keyword"

    def _not_any(self, parts: tuple[Condition, ...]) -> str:
        """Negate alternatives on one field together."""
        if len(parts) == 1:
            return self.text(negate(parts[0]), inner=True)
        return f"({self._missing(parts[0])} == null or not ({self.text(Or(parts))}))"

    def _not(self, part: Condition) -> str:
        if isinstance(part, Empty):
            return self._empty(part, filled=True)
        name = self._missing(part)
        return f"({name} == null or not ({self.text(part)}))"

    def _missing(self, part: Condition) -> str:
        """Give the field whose absence makes a test fail."""
        if not isinstance(part, Equals | Like | Compare | Within | Outside):
            raise TypeError(part)  # the others are negated before
        field = self._field(part)
        if isinstance(part, Within | Outside):
            return column(str(field.address))
        return column(field.text.field) if field.text else _name(field)

    def _field(self, test: Test) -> Indexed:
        if reason := self.blindness(test):
            raise Unsupported(f"{test.field}: {reason}")
        field = self.schema.field(self.source, test.field)
        assert field is not None  # noqa: S101 - blindness() said so
        return field

    def _empty(self, test: Test, *, filled: bool) -> str:
        field = self._field(test)
        if field.text and field.type == "flattened":
            found = _in_text(field.text, (Wildcard.MANY,))
            name = column(field.text.field)
            return found if filled else f"({name} == null or not ({found}))"
        name = _name(field)
        if filled:
            return f'({name} != null and {name} != "")' if field.blanks else f"{name} != null"
        return f'({name} == null or {name} == "")' if field.blanks else f"{name} == null"

    def _test(self, test: Test) -> str:
        field = self._field(test)
        name = _name(field)
        match test:
            case Empty():
                return self._empty(test, filled=False)
            case Like(_, (Wildcard.MANY,)):
                return self._empty(test, filled=True)
            case Within(_, networks):
                return f"cidrMatch({column(str(field.address))}, {_listed(networks)})"
            case Outside(_, networks):
                address = column(str(field.address))
                inside = f" and not cidrMatch({address}, {_listed(networks)})" if networks else ""
                return f"({address} != null{inside})"
            case Compare(_, operator, limit):
                value = number(limit)
                return f"{name} {operator} {value if field.type in NUMBERS else literal(value)}"
            case Equals(_, value) if field.type == "boolean":
                known = value.lower() in ("true", "false")
                return f"{name} == {value.lower()}" if known else "false"
            case Equals(_, value) if field.type in ("ip", *NUMBERS):
                return f"{name} == {literal(value) if field.type == 'ip' else value}"
        if field.text and field.type == "flattened":
            return _in_text(field.text, _parts(test))
        return f"{name} : {_pattern(_parts(test))}"


def _name(field: Indexed) -> str:
    """Write a field's name; a question mark lets the query run where no index maps it."""
    return f"?{column(field.name)}" if field.optional else column(field.name)


def _is_value(part: Condition) -> TypeGuard[Equals | Like]:
    """Say whether a test compares with a value; ``*`` alone asks for any."""
    return isinstance(part, Equals) or (isinstance(part, Like) and len(part.parts) > 1)


def _by_field(parts: tuple[Condition, ...]) -> list[tuple[Condition, ...]]:
    """Gather tests of values by their field; others stay alone."""
    groups: dict[object, list[Condition]] = {}
    for place, part in enumerate(parts):
        groups.setdefault(part.field if _is_value(part) else place, []).append(part)
    return [tuple(group) for group in groups.values()]


def _joined(word: str, parts: list[str], inner: bool) -> str:
    text = word.join(parts)
    return f"({text})" if inner and len(parts) > 1 else text


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(literal(value) for value in values)


def _parts(test: Test) -> tuple[str | Wildcard, ...]:
    if isinstance(test, Equals):
        return (test.value,)
    return test.parts if isinstance(test, Like) else ()


def _pattern(parts: tuple[str | Wildcard, ...]) -> str:
    """Write a value; in EQL every ``*`` and ``?`` is a wildcard."""
    return literal("".join(p.value if isinstance(p, Wildcard) else p for p in parts))


def _in_text(text: InText, parts: tuple[str | Wildcard, ...]) -> str:
    """Look for a value behind its key in the text of its object, ``{key=value, key=value}``."""
    many = Wildcard.MANY
    open_end = parts[-1] is many
    ends: list[tuple[str | Wildcard, ...]] = [()] if open_end else [(", ", many), ("}", many)]
    ways = [
        _pattern((many, f"{before}{text.key}=", *parts, *end))
        for before in ("{", " ")
        for end in ends
    ]
    return f"{column(text.field)} : ({', '.join(ways)})"
