"""Conditions and values as ES|QL: case ignored, negation null-safe, several values in a field seen.

ES|QL compares letter by letter, gives null for a comparison with a missing field or with several
values, and cannot read flattened objects before Elasticsearch 9.5: their parts are looked for in
the text of the object where there is one, else their presence by the QSTR function.
https://www.elastic.co/docs/reference/query-languages/esql
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
    Unsupported,
    Wildcard,
    Within,
    all_of,
    any_of,
    negate,
    tests,
)
from rekey.converters.elastic.dsl import NOT_INDEXED, NUMBERS, escaped, is_address
from rekey.converters.elastic.lucene import NOT_MAPPED, can_look_up, exists, look_up, search
from rekey.converters.elastic.network import network
from rekey.converters.elastic.quoting import column, literal, number
from rekey.converters.elastic.schema import Indexed, InText, Schema
from rekey.converters.elastic.sight import COMPUTED
from rekey.converters.registry import COMMON_DERIVED, Expression, LogSourceFields
from rekey.site import Site

_BREAK: Final = "\n"
"""Stands between several values joined to one text."""


def like(parts: tuple[str | Wildcard, ...]) -> str:
    """Write a pattern for LIKE, in lower case."""
    return literal("".join(escaped(p.lower() if isinstance(p, str) else p) for p in parts))


@dataclass(frozen=True)
class Esql:
    """Writes conditions and values of one log source."""

    source: LogSourceFields
    schema: Schema
    site: Site

    def blindness(self, test: Test) -> str | None:
        """Say why a test cannot be carried out."""
        if isinstance(test, Since):
            return None
        if test.field not in self.source.fields:
            return None if self.value(test.field) else COMPUTED
        field = self.schema.field(self.source, test.field)
        if field is None:
            return NOT_INDEXED
        if field.nested:
            return "ES|QL does not look into nested objects"
        if isinstance(test, Outside) and field.many:
            return "ES|QL sees one address only"
        if field.optional:
            return None if can_look_up(test, field) else NOT_MAPPED
        if _is_opaque(field):
            seen = isinstance(test, Empty) or test == Like(test.field, (Wildcard.MANY,))
            return None if seen else "ES|QL sees no values of this flattened object"
        if isinstance(test, Within | Outside) and field.address is None:
            return "not indexed as an address"
        return None

    def text(self, condition: Condition, *, inner: bool = False) -> str:
        """Write a condition."""
        match condition:
            case And(parts):
                return _joined(" AND ", [self.text(part, inner=True) for part in parts], inner)
            case Or(parts):
                return _joined(" OR ", self._alternatives(parts), inner)
            case Not(And(parts)) if self._searches(condition):
                return self.text(Or(tuple(negate(part) for part in parts)), inner=inner)
            case Not(Or(parts)) if self._searches(condition):
                plain = any_of(part for part in parts if not self._searches(part))
                apart = [negate(part) for part in parts if self._searches(part)]
                return self.text(all_of((negate(plain), *apart)), inner=inner)
            case Not(part):
                return self._not(part)
            case Constant(value):
                return str(value).lower()
        return self._test(condition)

    def _alternatives(self, parts: tuple[Condition, ...]) -> list[str]:
        """Gather the values of one field: ``TO_LOWER(field) IN (…)``."""
        lists: dict[str, list[str]] = {}
        others = []
        for part in parts:
            if isinstance(part, Equals) and self._is_plain(part.field):
                lists.setdefault(part.field, []).append(literal(part.value.lower()))
            else:
                others.append(self.text(part, inner=True))
        named = []
        for name, values in lists.items():
            field = f"TO_LOWER({self.value(name)})"
            many = len(values) > 1
            named.append(f"{field} IN ({', '.join(values)})" if many else f"{field} == {values[0]}")
        return named + others

    def _is_plain(self, name: str) -> bool:
        """Say whether a field holds one text."""
        known = name in self.source.fields
        field = self.schema.field(self.source, name) if known else None
        if field is None or field.optional:
            return False
        return field.type == "keyword" and not field.many

    def _not(self, part: Condition) -> str:
        if isinstance(part, Empty) or self._searches(part):  # never null
            return f"NOT ({self.text(part)})"
        return f"NOT COALESCE({self.text(part)}, false)"

    def _searches(self, condition: Condition) -> bool:
        """Say whether a condition needs QSTR, which no function may hold."""
        for test in tests(condition):
            known = test.field in self.source.fields
            field = self.schema.field(self.source, test.field) if known else None
            if field is None:
                continue
            if field.optional or _is_opaque(field):
                return True
            if field.many and isinstance(test, Within | Outside):
                return True
        return False

    def plain_field(self, raw: str) -> Indexed | None:
        """Give a field that can be read as it stands in every index."""
        field = self.schema.field(self.source, raw)
        if field is None or field.optional or field.nested or field.type in ("flattened", "text"):
            return None
        return field

    def text_field(self, raw: str) -> str | None:
        """Write what a field holds that can be read in the text of its object."""
        field = self.schema.field(self.source, raw)
        return _value(field) if field and field.type == "flattened" and field.text else None

    def value(self, name: str) -> str | None:
        """Write what a raw or derived field holds; ``None`` if ES|QL cannot tell."""
        if name in self.source.fields:
            field = self.schema.field(self.source, name)
            return _value(field) if field else None
        if name == "origin.network" and (address := self.address()):
            return network(address, self.site)
        known = self.source.derived.get(name) or self.source.roles.get(name)
        if name in COMMON_DERIVED or known is None:
            return None
        if isinstance(known, Expression):
            return self._filled(known.elastic) if isinstance(known.elastic, str) else None
        values = [value for part in known if (value := self.value(part))]
        return f"COALESCE({', '.join(values)})" if len(values) > 1 else next(iter(values), None)

    def _filled(self, expression: str) -> str | None:
        """Put the fields into an expression of the registry; each of them is needed."""
        names = re.findall(r"\{([^{}]+)\}", expression)
        values = {name: self.value(name) or "null" for name in names}
        if all(value == "null" for value in values.values()):
            return None
        if any(self._is_lost(name) for name in names):
            return None
        filled = re.sub(r"\{([^{}]+)\}", lambda match: values[match[1]], expression)
        return " ".join(filled.split())

    def _is_lost(self, name: str) -> bool:
        return name in self.source.fields and self.schema.field(self.source, name) is None

    def identity(self) -> str | None:
        """Write what tells events apart; ``None`` where not every event has it."""
        fields = self.schema.key(self.source)
        if not fields:
            return None
        names = [_told(field) for field in fields]
        joined = ', "/", '.join(names)
        return joined if len(names) == 1 else f"CONCAT({joined})"

    def address(self) -> str | None:
        """Write the address that an event came from."""
        role = self.source.roles.get("origin.ip")
        if isinstance(role, Expression):
            return self._filled(role.elastic) if isinstance(role.elastic, str) else None
        field = self.schema.field(self.source, role[0]) if role else None
        return column(field.address) if field and field.address else None

    def _test(self, test: Test) -> str:
        if isinstance(test, Since):
            time = column(self.schema.time(self.source))
            return f"{time} >= TO_DATETIME({literal(test.moment)})"
        if reason := self.blindness(test):
            raise Unsupported(f"{test.field}: {reason}")
        if isinstance(test, Within | Outside) and test.field not in self.source.fields:
            return _on_address(test, str(self.value(test.field)), test.networks)
        if test.field not in self.source.fields:
            return _on_text(test, str(self.value(test.field)))
        field = self.schema.field(self.source, test.field)
        assert field is not None  # noqa: S101 - blindness() said so
        return _on(test, field)


def _told(field: Indexed) -> str:
    """Write a part of an event's identity, which must be there: nothing counts as nothing."""
    if field.type == "date":
        return f"TO_STRING({column(field.name)})"
    name = column(field.name)
    return name if field.longest is None else f'COALESCE({name}, "")'  # too long to be indexed


def _joined(word: str, parts: list[str], inner: bool) -> str:
    text = word.join(parts)
    return f"({text})" if inner and len(parts) > 1 else text


def _value(field: Indexed) -> str | None:
    if field.type == "flattened":
        return _from_text(field.text, field.many) if field.text else None
    return None if field.nested else column(field.name)


def _from_text(text: InText, many: bool) -> str:
    """Read a value out of the text of its object, up to the next comma or bracket.

    Line breaks may stand before and behind it, in a policy that was sent along: ``(?s)``.
    """
    name, key = column(text.field), re.escape(text.key)
    inner = r"\[([^\]]*)\]" if many else r"([^,}]*)"
    has = " OR ".join(
        f"{name} LIKE {literal(f'*{before}{escaped(text.key)}=*')}" for before in ("{", " ")
    )
    taken = f'REPLACE({name}, {literal(f"(?s)^.*?[{{ ]{key}={inner}.*$")}, "$1")'
    return f"CASE({has}, {taken}, null)"


def _on(test: Test, field: Indexed) -> str:
    name = column(field.name)
    match test:
        case _ if field.optional:
            return look_up(test, field)
        case Empty() if _is_opaque(field):
            return f"NOT {exists(field.name)}"
        case Like() if _is_opaque(field):
            return exists(field.name)
        case Within(_, networks) if field.many:
            return search(str(field.address), networks)
        case Equals(_, value) if field.type == "flattened" and field.text:
            return _in_text(field.text, (value,))
        case Like(_, parts) if field.type == "flattened" and field.text and len(parts) > 1:
            return _in_text(field.text, parts)
        case Within(_, networks) | Outside(_, networks):
            return _on_address(test, column(str(field.address)), networks)
        case Equals(_, value) if field.type == "boolean":
            return f"{name} == {value.lower()}" if value.lower() in ("true", "false") else "false"
        case Equals(_, value) if field.address and is_address(value) and not field.many:
            return f"{column(field.address)} == TO_IP({literal(value)})"
        case Compare(_, operator, limit) if field.type in NUMBERS:
            return f"{name} {operator} {number(limit)}"
        case Empty() if not field.blanks and field.type != "flattened":
            return f"{name} IS NULL"
        case Like(_, (Wildcard.MANY,)) if not field.blanks and field.type != "flattened":
            return f"{name} IS NOT NULL"
        case Empty() | Like(_, (Wildcard.MANY,)) if field.many:
            return _on_text(test, f'MV_CONCAT({name}, "")')
    return _on_text(test, _all_values(field) if field.many else str(_value(field)), field.many)


def _on_text(test: Test, value: str, many: bool = False) -> str:
    """Test a value as text; ``many`` values stand between line breaks."""
    around = (Wildcard.MANY, _BREAK)
    match test:
        case Equals(_, wanted) if many:
            return f"{value} LIKE {like((*around, wanted, *reversed(around)))}"
        case Equals(_, wanted):
            return f"TO_LOWER(TO_STRING({value})) == {literal(wanted.lower())}"
        case Like(_, (Wildcard.MANY,)):
            return f'COALESCE(TO_STRING({value}), "") != ""'
        case Like(_, parts) if many:
            return f"{value} LIKE {like((*around, *parts, *reversed(around)))}"
        case Like(_, parts):
            return f"TO_LOWER({value}) LIKE {like(parts)}"
        case Empty():
            return f'COALESCE(TO_STRING({value}), "") == ""'
        case Compare(_, operator, limit):
            return f"TO_DOUBLE({value}) {operator} {number(limit)}"
    raise Unsupported(f"{test.field}: is no address")


def _all_values(field: Indexed) -> str:
    name, mark = column(field.name), literal(_BREAK)
    return f"CONCAT({mark}, MV_CONCAT(TO_LOWER(TO_STRING({name})), {mark}), {mark})"


def _in_text(text: InText, parts: tuple[str | Wildcard, ...]) -> str:
    """Look for a value behind its key in the text of its object, ``{key=value, key=value}``."""
    many = Wildcard.MANY
    open_end = parts[-1] is many
    ends: list[tuple[str | Wildcard, ...]] = [()] if open_end else [(", ", many), ("}", many)]
    ways = [
        f"TO_LOWER({column(text.field)}) LIKE {like((many, f'{before}{text.key}=', *parts, *end))}"
        for before in ("{", " ")
        for end in ends
    ]
    return f"({' OR '.join(ways)})"


def _is_opaque(field: Indexed) -> bool:
    """Say whether ES|QL cannot read a field, neither itself nor in the text of its object."""
    return field.type == "flattened" and field.text is None


def _on_address(test: Test, address: str, networks: tuple[str, ...]) -> str:
    listed = ", ".join(literal(each) for each in networks)
    if isinstance(test, Within):
        return f"CIDR_MATCH({address}, {listed})"
    if not networks:
        return f"{address} IS NOT NULL"
    return f"({address} IS NOT NULL AND NOT CIDR_MATCH({address}, {listed}))"
