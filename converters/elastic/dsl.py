"""Conditions as query DSL, which compares without regard to case and survives missing fields.

Lucene and KQL text compare keyword fields letter by letter; the DSL has ``case_insensitive`` for
term, prefix and wildcard queries (for ASCII letters), also on the keys of flattened objects, where
prefixes are the only patterns.
https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-term-query
https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/flattened
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

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
)
from rekey.converters.elastic.schema import Indexed, InText, Schema
from rekey.converters.elastic.sight import COMPUTED
from rekey.converters.registry import LogSourceFields

Query = dict[str, Any]

_RANGES: Final = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
NUMBERS: Final = frozenset({"long", "integer", "double"})
NOT_INDEXED: Final = "not indexed"


def is_address(text: str) -> bool:
    """Say whether a text is an address that Elasticsearch reads."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Dsl:
    """Writes conditions on one log source."""

    source: LogSourceFields
    schema: Schema

    def blindness(self, test: Test) -> str | None:
        """Say why a test cannot be carried out."""
        if isinstance(test, Since):
            return None
        if test.field not in self.source.fields:
            return COMPUTED
        field = self.schema.field(self.source, test.field)
        if field is None:
            return NOT_INDEXED
        match test:
            case Like(_, parts) if field.type in ("text", "ip", "date"):
                return f"no patterns on a field of type {field.type}"
            case Like(_, parts) if field.type == "flattened" and not field.text:
                looks = is_prefix(parts) or parts == (Wildcard.MANY,)
                return None if looks else "only prefixes within a flattened object"
            case Compare(_, operator, _) if operator != "==" and field.type not in NUMBERS:
                return f"no comparison of numbers on a field of type {field.type}"
            case Within() | Outside() if field.address is None:
                return "not indexed as an address"
        return None

    def query(self, condition: Condition) -> Query:
        """Write a condition.

        Raises:
            Unsupported: see :meth:`blindness`.
        """
        match condition:
            case And(parts):
                positive = [self.query(p) for p in parts if not isinstance(p, Not)]
                negative = [self.query(p.part) for p in parts if isinstance(p, Not)]
                return _bool(filter=positive, must_not=negative)
            case Or(parts):
                should = [self.query(part) for part in parts]
                return {"bool": {"should": should, "minimum_should_match": 1}}
            case Not(part):
                return _bool(must_not=[self.query(part)])
            case Constant(value):
                return {"match_all": {}} if value else {"match_none": {}}
        return self._test(condition)

    def _test(self, test: Test) -> Query:
        if isinstance(test, Since):
            return {"range": {self.schema.time(self.source): {"gte": test.moment}}}
        if reason := self.blindness(test):
            raise Unsupported(f"{test.field}: {reason}")
        field = self.schema.field(self.source, test.field)
        assert field is not None  # noqa: S101 - blindness() said so
        query = _on(test, field)
        return {"nested": {"path": field.nested, "query": query}} if field.nested else query


def _on(test: Test, field: Indexed) -> Query:
    match test:
        case Equals(_, value):
            return _equals(field, value)
        case Like(_, parts):
            return _like(field, parts)
        case Empty():
            return _bool(must_not=[_filled(field)])
        case Compare(_, operator, number):
            return _compare(field, operator, number)
        case Within(_, networks):
            return {"terms": {str(field.address): list(networks)}}
        case Outside(_, networks):
            inside = [{"terms": {str(field.address): list(networks)}}] if networks else []
            return _bool(filter=[{"exists": {"field": str(field.address)}}], must_not=inside)
    raise TypeError(test)  # moments are written before


def _equals(field: Indexed, value: str) -> Query:
    if field.type == "boolean":
        known = value.lower() in ("true", "false")
        return {"term": {field.name: value.lower() == "true"}} if known else {"match_none": {}}
    if field.type in NUMBERS:
        try:
            return _compare(field, "==", float(value))
        except ValueError:
            return {"match_none": {}}
    if field.address and is_address(value):
        return {"term": {field.address: value}}
    if field.type in ("ip", "date"):
        return {"match_none": {}}
    if field.type == "text":
        return {"match_phrase": {field.name: value}}
    return {"term": {field.name: {"value": value, "case_insensitive": True}}}


def _compare(field: Indexed, operator: str, number: float) -> Query:
    value = int(number) if number.is_integer() else number
    if operator != "==":
        return {"range": {field.name: {_RANGES[operator]: value}}}
    return {"term": {field.name: value if field.type in NUMBERS else str(value)}}


def _like(field: Indexed, parts: tuple[str | Wildcard, ...]) -> Query:
    if is_prefix(parts):
        start = str(parts[0])
        return {"prefix": {field.name: {"value": start, "case_insensitive": True}}}
    if parts == (Wildcard.MANY,):
        return _filled(field)
    if field.type == "flattened" and field.text:
        return _in_text(field.text, parts)
    return _wildcard(field.name, "".join(map(escaped, parts)))


def _in_text(text: InText, parts: tuple[str | Wildcard, ...]) -> Query:
    """Look for a value behind its key in the text of its object, ``{key=value, key=value}``."""
    wanted = "".join(map(escaped, parts))
    ends = ("",) if parts[-1] is Wildcard.MANY else (", *", "}*")
    patterns = [
        f"*{before}{escaped(text.key)}={wanted}{end}" for before in ("{", " ") for end in ends
    ]
    should = [_wildcard(text.field, each) for each in patterns]
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _filled(field: Indexed) -> Query:
    if field.blanks:
        return _wildcard(field.name, "?*")
    return {"exists": {"field": field.name}}


def _wildcard(name: str, value: str) -> Query:
    return {"wildcard": {name: {"value": value, "case_insensitive": True}}}


def escaped(part: str | Wildcard) -> str:
    r"""Write a part of a wildcard pattern; ``*``, ``?`` and ``\`` in a text stand for themselves."""
    if isinstance(part, Wildcard):
        return part.value
    return "".join(f"\\{letter}" if letter in "*?\\" else letter for letter in part)


def is_prefix(parts: tuple[str | Wildcard, ...]) -> bool:
    """Say whether a pattern asks for a beginning alone."""
    shape = len(parts) == 2 and isinstance(parts[0], str)
    return shape and parts[1] is Wildcard.MANY


def _bool(**clauses: list[Query]) -> Query:
    return {"bool": {name: queries for name, queries in clauses.items() if queries}}
