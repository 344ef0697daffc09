"""Conditions as KQL, for people: to read a rule by, and to paste into Discover.

KQL compares keyword fields letter by letter, so that this text finds less than the rule where the
case differs; and of what stands somewhere in an object it finds more. The rules themselves run query
DSL, ES|QL or EQL.
https://www.elastic.co/docs/reference/query-languages/kql; what has to be escaped:
elastic/kibana, kbn-es-query/grammar/grammar.peggy
"""

import re
from dataclasses import dataclass
from typing import Final

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
    Wildcard,
    Within,
    tests,
)
from rekey.converters.elastic.dsl import NUMBERS, is_address, is_prefix
from rekey.converters.elastic.schema import Indexed, InText, Schema
from rekey.converters.registry import LogSourceFields

_KEYWORD: Final = re.compile(
    r"(?<=[ \t\r\n\u00a0])(?:and|or)(?=[ \t\r\n\u00a0])|not(?=[ \t\r\n\u00a0])", re.IGNORECASE
)
_SPECIAL: Final = re.compile(r'[\\():<>"*{}]')


@dataclass(frozen=True)
class Kql:
    """Writes conditions on one log source; derived fields keep their names."""

    source: LogSourceFields
    schema: Schema

    def can_find(self, condition: Condition) -> bool:
        """Say whether the text finds anything: all that it names is indexed."""
        return all(isinstance(t, Since) or self._field(t.field) for t in tests(condition))

    def text(self, condition: Condition, *, inner: bool = False) -> str:
        """Write a condition; an inner one in brackets where it needs them."""
        match condition:
            case And(parts):
                return _joined(" and ", [self.text(part, inner=True) for part in parts], inner)
            case Or(parts):
                return _joined(" or ", self._alternatives(parts), inner)
            case Not(part):
                return self._not(part, inner)
            case Constant(value):
                return "*" if value else "not *"
        return self._test(condition, inner)

    def _not(self, part: Condition, inner: bool) -> str:
        if isinstance(part, Empty):
            return self._test(Like(part.field, (Wildcard.MANY,)), inner)
        text = self.text(part, inner=True)
        return f"not ({text})" if text.startswith("not ") else f"not {text}"

    def _alternatives(self, parts: tuple[Condition, ...]) -> list[str]:
        """Gather the values of one field: ``field: (a or b)``."""
        gathered: dict[str, list[str]] = {}
        for part in parts:
            name, values = self._compared(part) if isinstance(part, Equals | Like) else (None, [])
            if name:
                gathered.setdefault(f"{name}: ", []).extend(values)
            else:
                gathered.setdefault(self.text(part, inner=True), [])
        return [name + _listed(values) for name, values in gathered.items()]

    def _field(self, name: str) -> Indexed | None:
        return self.schema.field(self.source, name) if name in self.source.fields else None

    def _compared(self, test: Equals | Like) -> tuple[str | None, list[str]]:
        """Give name and values of a plain comparison; no name if it is none.

        Where the vendor's spelling of all values is known, those that a pattern means are named.
        """
        field = self._field(test.field)
        if field is None:
            return quoted_name(test.field), [_value(test)]
        if field.nested or (isinstance(test, Like) and test.parts == (Wildcard.MANY,)):
            return None, []
        known = [v for v in self.source.fields[test.field].values if _means(test, v)]
        if known:
            return quoted_name(field.name), [quoted(value) for value in known]
        name, value = _compared(test, field)
        return name, [value]

    def _test(self, test: Test, inner: bool) -> str:
        if isinstance(test, Since):
            return f"{quoted_name(self.schema.time(self.source))} >= {quoted(test.moment)}"
        field = self._field(test.field)
        if field is None:
            field = Indexed(test.field, "keyword", False)
        if isinstance(test, Equals | Like):
            name, values = self._compared(test)
            if name:
                return f"{name}: {_listed(values)}"
        if field.nested is None:
            return _on(test, field, inner)
        below = field.name.removeprefix(f"{field.nested}.")
        inside = _on(test, Indexed(below, field.type, field.many), False)
        return f"{quoted_name(field.nested)}: {{ {inside} }}"


def _on(test: Test, field: Indexed, inner: bool) -> str:
    name = quoted_name(field.name)
    address = quoted_name(field.address or field.name)
    match test:
        case Empty():
            return f"not {_filled(field, True)}"
        case Like(_, (Wildcard.MANY,)):
            return _filled(field, inner)
        case Equals() | Like():
            compared, value = _compared(test, field)
            return f"{compared}: {value}"
        case Compare(_, operator, number):
            if operator != "==":
                return f"{name} {operator} {number:g}"
            return f"{name}: {number:g}" if field.type in NUMBERS else f'{name}: "{number:g}"'
        case Within(_, networks):
            return f"{address}: ({_cidrs(networks)})"
        case Outside(_, networks):
            outside = f" and not {address}: ({_cidrs(networks)})" if networks else ""
            return f"({address}: *{outside})"
    raise TypeError(test)  # moments are written before


def _filled(field: Indexed, inner: bool) -> str:
    name = quoted_name(field.name)
    if not field.blanks:
        return f"{name}: *"
    text = f'{name}: * and not {name}: ""'
    return f"({text})" if inner else text


def _compared(test: Equals | Like, field: Indexed) -> tuple[str, str]:
    if isinstance(test, Equals):
        if field.address and is_address(test.value):
            return quoted_name(field.address), quoted(test.value)
        plain = field.type == "boolean" or field.type in NUMBERS
        return quoted_name(field.name), test.value.lower() if plain else quoted(test.value)
    if field.type == "flattened" and field.text and not _is_plain_prefix(test):
        return _in_text(test, field.text)
    return quoted_name(field.name), _value(test)


def _is_plain_prefix(test: Like) -> bool:
    """Say whether a flattened object can be asked: by Lucene's syntax, whose words end at spaces."""
    return is_prefix(test.parts) and " " not in str(test.parts[0])


def _in_text(test: Like, text: InText) -> tuple[str, str]:
    """Look for a value behind its key in the text of its object, whatever follows."""
    many = Wildcard.MANY
    parts = test.parts if test.parts[-1] is many else (*test.parts, many)
    return quoted_name(text.field), _value(Like(test.field, (many, f"{text.key}=", *parts)))


def _listed(values: list[str]) -> str:
    if len(values) < 2:
        return "".join(values)
    return f"({' or '.join(dict.fromkeys(values))})"


def _means(test: Equals | Like, value: str) -> bool:
    """Say whether a test, which ignores case, holds for a value."""
    if isinstance(test, Equals):
        return test.value.lower() == value.lower()
    parts = (
        ".*" if p is Wildcard.MANY else "." if p is Wildcard.ONE else re.escape(p)
        for p in test.parts
    )
    return re.fullmatch("".join(parts), value, re.IGNORECASE | re.DOTALL) is not None


def _joined(word: str, parts: list[str], inner: bool) -> str:
    text = word.join(parts)
    return f"({text})" if inner and len(parts) > 1 else text


def _cidrs(networks: tuple[str, ...]) -> str:
    return " or ".join(f'"{network}"' for network in networks)


def _value(test: Equals | Like) -> str:
    """Write a value; KQL has no wildcard for one character, so that any number stands for it."""
    if isinstance(test, Equals):
        return quoted(test.value)
    return "".join("*" if isinstance(p, Wildcard) else bare(p) for p in test.parts)


def quoted(text: str) -> str:
    """Write a value between quotation marks."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_visible(text)}"'


def bare(text: str) -> str:
    """Write a part of a pattern: outside quotation marks, where wildcards are wildcards.

    Words of the language and special characters are escaped; spaces may not be.
    """
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return _visible(_KEYWORD.sub(lambda found: f"\\{found[0]}", escaped))


def quoted_name(name: str) -> str:
    """Write a field's name."""
    return bare(name)


def _visible(text: str) -> str:
    for letter, name in (("\t", "t"), ("\r", "r"), ("\n", "n")):
        text = text.replace(letter, f"\\{name}")
    return text
