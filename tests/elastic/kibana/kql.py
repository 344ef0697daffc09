"""KQL as Kibana reads it: what people paste into Discover is translated there, not by the server.

Grammar and translation after elastic/kibana, packages/kbn-es-query: grammar/grammar.peggy and
src/kuery/functions (``is``, ``range``, ``nested``). What our guides do not use is left out, and refused:
values without a field, and ``and`` and ``not`` in lists of values.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from lark import Lark, Transformer

_GRAMMAR: Final = r"""
start: or_query
or_query: and_query (OR and_query)*
and_query: not_query (AND not_query)*
?not_query: NOT sub_query -> negation | sub_query
?sub_query: LPAR or_query RPAR -> group | expression
?expression: literal COLON LBRACE or_query RBRACE -> nested
    | literal RANGE literal -> range
    | literal COLON values -> is_any
values: value | LPAR value (OR value)* RPAR
?value: literal
literal: QUOTED -> quoted | UNQUOTED -> unquoted

OR.2: /\s+or\s+/i
AND.2: /\s+and\s+/i
NOT.2: /not\s+/i
LPAR: /\(\s*/
RPAR: /\s*\)/
LBRACE: /\{\s*/
RBRACE: /\s*\}/
COLON: /\s*:\s*/
RANGE: /\s*(<=|>=|<|>)\s*/
QUOTED: /"(?:\\[trn\\"]|\\u[0-9a-fA-F]{4}|[^"\\]|\\(?![trn\\"u]))*"/
UNQUOTED: /UNIT+(?:\s+(?!(?:or|and)\s)UNIT+)*/i
""".replace(
    "UNIT", r'(?:\\[trn\\():<>"*{}]|\\u[0-9a-fA-F]{4}|\\(?:or|and|not)|(?!not\s)[^\\():<>"{}\s])'
)

_PARSER: Final = Lark(_GRAMMAR, parser="lalr")

_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\(or|and|not|.)", re.IGNORECASE | re.DOTALL)
_WHITE: Final = {"t": "\t", "r": "\r", "n": "\n"}
_WILD: Final = "\0"
"""Stands for a wildcard among the letters of a value."""

_LUCENE: Final = re.compile(r'[+\-=&|><!(){}\[\]^"~*?:\\/]')
_OPERATORS: Final = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}

Query = dict[str, Any]


def translate(text: str, type_of: Callable[[str], str | None]) -> Query:
    """Translate a query.

    Args:
        text: KQL.
        type_of: gives the mapping type of a field.

    Raises:
        lark.exceptions.LarkError: Kibana would refuse the text, or it is not understood here.
    """
    query: Query = _Translator(type_of).transform(_PARSER.parse(text.strip()))
    return query


class _Translator(Transformer[Any, Any]):
    def __init__(self, type_of: Callable[[str], str | None], path: str = "") -> None:
        super().__init__()
        self._type_of = type_of

    def start(self, parts: list[Any]) -> Query:
        return _in(parts[0], "", self._type_of)

    def or_query(self, parts: list[Any]) -> Any:
        return ("or", [part for part in parts if isinstance(part, tuple)])

    def and_query(self, parts: list[Any]) -> Any:
        return ("and", [part for part in parts if isinstance(part, tuple)])

    def negation(self, parts: list[Any]) -> Any:
        return ("not", parts[1])

    def group(self, parts: list[Any]) -> Any:
        return parts[1]

    def nested(self, parts: list[Any]) -> Any:
        return ("nested", parts[0], parts[3])

    def range(self, parts: list[Any]) -> Any:
        return ("range", parts[0], str(parts[1]).strip(), parts[2])

    def is_any(self, parts: list[Any]) -> Any:
        return ("is", parts[0], parts[2])

    def values(self, parts: list[Any]) -> Any:
        return [part for part in parts if isinstance(part, tuple)]

    def quoted(self, parts: list[Any]) -> Any:
        return ("phrase", _unescaped(str(parts[0])[1:-1]))

    def unquoted(self, parts: list[Any]) -> Any:
        text = re.sub(r"(\\.)|\*", lambda found: found[1] or _WILD, str(parts[0]), flags=re.DOTALL)
        return ("bare", _unescaped(text))


def _unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        return chr(int(found[1], 16)) if found[1] else _WHITE.get(found[2], found[2])

    return _ESCAPE.sub(one, text)


def _in(node: Any, path: str, type_of: Callable[[str], str | None]) -> Query:
    match node:
        case ("or", parts):
            return _any([_in(part, path, type_of) for part in parts])
        case ("and", parts):
            return {"bool": {"filter": [_in(part, path, type_of) for part in parts]}}
        case ("not", part):
            return {"bool": {"must_not": [_in(part, path, type_of)]}}
        case ("nested", (_, name), part):
            return {"nested": {"path": path + name, "query": _in(part, f"{path}{name}.", type_of)}}
        case ("range", (_, name), operator, (_, value)):
            return {"range": {path + name: {_OPERATORS[operator]: value}}}
        case ("is", (_, name), values):
            return _any([_is(path + name, kind, value, type_of) for kind, value in values])
    raise ValueError(node)


def _any(queries: list[Query]) -> Query:
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def _is(name: str, kind: str, value: str, type_of: Callable[[str], str | None]) -> Query:
    if kind == "phrase":
        return {"match_phrase": {name: value}}
    if value == _WILD:
        return {"exists": {"field": name}}
    if _WILD not in value:
        return {"match": {name: value}}
    if type_of(name) == "keyword":
        return {"wildcard": {name: {"value": value.replace(_WILD, "*")}}}
    escaped = (_LUCENE.sub(lambda found: f"\\{found[0]}", part) for part in value.split(_WILD))
    return {"query_string": {"fields": [name], "query": "*".join(escaped)}}
