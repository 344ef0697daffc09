"""Conditions as KQL, for people: to read a rule by, and to paste into Discover.

KQL compares keyword fields letter by letter, so that this text finds less than the rule where the
case differs. The rules themselves run query DSL, ES|QL or EQL.
https://www.elastic.co/docs/reference/query-languages/kql
"""

from dataclasses import dataclass

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
)
from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import LogSourceFields

_NEXT_LINE = "\x85\u2028\u2029"


@dataclass(frozen=True)
class Kql:
    """Writes conditions on one log source; derived fields keep their names."""

    source: LogSourceFields
    schema: Schema

    def text(self, condition: Condition, *, inner: bool = False) -> str:
        """Write a condition; an inner one in brackets where it needs them."""
        match condition:
            case And(parts):
                return _joined(" and ", [self.text(part, inner=True) for part in parts], inner)
            case Or(parts):
                return _joined(" or ", self._alternatives(parts), inner)
            case Not(part):
                return f"not {self.text(part, inner=True)}"
            case Constant(value):
                return "*" if value else "not *"
        return self._test(condition)

    def _alternatives(self, parts: tuple[Condition, ...]) -> list[str]:
        """Gather the values of one field: ``field: (a or b)``."""
        gathered: dict[str, list[str]] = {}
        for part in parts:
            if isinstance(part, Equals) or (isinstance(part, Like) and len(part.parts) > 1):
                gathered.setdefault(f"{self._name(part)}: ", []).append(_value(part))
            else:
                gathered.setdefault(self.text(part, inner=True), [])
        return [
            name + (values[0] if len(values) == 1 else f"({' or '.join(values)})" if values else "")
            for name, values in gathered.items()
        ]

    def _name(self, test: Test) -> str:
        known = test.field in self.source.fields
        field = self.schema.field(self.source, test.field) if known else None
        if field is None:
            return quoted_name(test.field)
        if isinstance(test, Within | Outside):
            return quoted_name(field.address or field.name)
        return quoted_name(field.name)

    def _test(self, test: Test) -> str:
        name = self._name(test)
        match test:
            case Empty():
                return f"not {name}: *"
            case Compare(_, operator, number):
                return f"{name}{': ' if operator == '==' else f' {operator} '}{number:g}"
            case Within(_, networks):
                return f"{name}: ({_cidrs(networks)})"
            case Outside(_, networks):
                outside = f" and not {name}: ({_cidrs(networks)})" if networks else ""
                return f"({name}: *{outside})"
            case Since(_, moment):
                return f"{quoted_name(self.schema.time(self.source))} >= {quoted(moment)}"
        return f"{name}: {_value(test)}"


def _joined(word: str, parts: list[str], inner: bool) -> str:
    text = word.join(parts)
    return f"({text})" if inner and len(parts) > 1 else text


def _cidrs(networks: tuple[str, ...]) -> str:
    return " or ".join(f'"{network}"' for network in networks)


def _value(test: Equals | Like) -> str:
    if isinstance(test, Equals):
        return quoted(test.value)
    return "".join(p.value if isinstance(p, Wildcard) else bare(p) for p in test.parts)


def quoted(text: str) -> str:
    """Write a value between quotation marks."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    for letter, name in (("\t", "t"), ("\r", "r"), ("\n", "n")):
        text = text.replace(letter, f"\\{name}")
    return f'"{text}"'


def bare(text: str) -> str:
    """Write a part of a pattern: outside quotation marks, where wildcards are wildcards.

    KQL's bare words end at white space and special characters, and know no word of their own
    (``and``, ``or``, ``not``) unless it is escaped.
    """
    return "".join(_bare_letter(letter) for letter in text)


def _bare_letter(letter: str) -> str:
    if letter in "\t\r\n":
        return {"\t": "\\t", "\r": "\\r", "\n": "\\n"}[letter]
    if letter in '\\():<>"*{}? ' or letter in _NEXT_LINE:
        return f"\\{letter}" if letter != "?" else "?"
    return letter


def quoted_name(name: str) -> str:
    """Write a field's name."""
    return "".join(f"\\{letter}" if letter in '\\():<>"*{} ' else letter for letter in name)
