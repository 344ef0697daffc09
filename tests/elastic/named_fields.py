"""Which fields a rule asks for, read out of its queries.

Elasticsearch takes a query on a field that no document has, and finds nothing. So every name is
compared with the tables. ES|QL refuses unknown columns itself; what is read out of it besides are
columns that the tests do not fill, and the Lucene inside.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.elastic.kibana import eql
from tests.elastic.kibana.rule import NotExecuted, Rule

_BY_NAME: Final = frozenset(
    {"term", "terms", "range", "wildcard", "prefix", "regexp", "match", "match_phrase", "fuzzy"}
)
"""Queries whose body's key is the field."""

_TEXT: Final = re.compile(r'"(?:\\.|[^"\\])*"')

_EXPRESSION: Final = re.compile(r":/(?:\\.|[^/\\])*/")

_NAME: Final = re.compile(r"(?<![\w.@])([A-Za-z_@][\w@]*(?:\.\w+)*)\b(\s*\()?")

_WORDS: Final = frozenset(
    [
        "AND",
        "BY",
        "DAY",
        "DISSECT",
        "DROP",
        "EVAL",
        "FALSE",
        "IN",
        "IS",
        "LIKE",
        "MINUTES",
        "MV_EXPAND",
        "NOT",
        "NULL",
        "OR",
        "QUOTED",
        "RLIKE",
        "SECONDS",
        "STATS",
        "TRUE",
        "WHERE",
    ]
)

_COLON: Final = re.compile(r"((?:\\.|[\w@./-])+)\s*(?::|<=?|>=?)(?!\*?/)")


def named(rule: Rule) -> set[str]:
    """Give the fields that a rule asks for.

    Raises:
        NotExecuted: a filter holds a query that is not known here.
    """
    found = set(rule.new_terms_fields)
    if rule.threshold:
        found |= {*rule.threshold.field, *(part.field for part in rule.threshold.cardinality)}
    found |= {
        name
        for name in (rule.timestamp_override, rule.timestamp_field, rule.tiebreaker_field)
        if name
    }
    for pill in rule.filters:
        found |= set(_in_query(pill.query))
    if rule.type == "eql":
        found |= eql.fields(eql.parse(rule.query))
    elif rule.type == "esql":
        found |= set(_in_esql(rule.query))
    else:
        found |= set(_in_text(rule.query))
    return found


def _in_esql(query: str) -> Iterator[str]:
    """Find names, but for functions, words of the language and columns that the query makes."""
    for lucene in re.findall(rf"\bQSTR\(\s*({_TEXT.pattern})", query):
        yield from _in_text(json.loads(lucene))
    code = _TEXT.sub('""', query).partition("|")[2]
    quoted = set(re.findall(r"`([^`]+)`", code))
    code = re.sub(r"`[^`]+`", "quoted", code)
    first: dict[str, bool] = {}
    for name, gathers in re.findall(r"([\w.@]+)\s*=(?!=)(\s*VALUES\(\1\))?", code):
        first.setdefault(name, bool(gathers))
    made = {name for name, gathers in first.items() if not gathers}
    plain = {name for name, call in _NAME.findall(code) if not call and name.upper() not in _WORDS}
    # Columns that a rule makes are called Esql.… by Elastic's own convention; DISSECT makes some.
    yield from (name for name in (plain | quoted) - made if not name.startswith("Esql."))


def _in_text(query: str) -> Iterator[str]:
    """Find what stands before a colon or a comparison, outside quotes, in KQL or Lucene."""
    for name in re.findall(r'_exists_:\("((?:\\.|[^"\\])*)"\)', query):
        yield re.sub(r"\\(.)", r"\1", name)
    for match in _COLON.finditer(_EXPRESSION.sub(":x", _TEXT.sub('""', query))):
        if match[1] != "_exists_":
            yield re.sub(r"\\(.)", r"\1", match[1])
    yield from re.findall(r"_exists_:\s*([\w@./-]+)", query)


def _in_query(query: Mapping[str, Any]) -> Iterator[str]:
    for kind, body in query.items():
        if kind == "bool":
            for clause in ("must", "filter", "should", "must_not"):
                held = body.get(clause, [])
                for part in held if isinstance(held, list) else [held]:
                    yield from _in_query(part)
        elif kind == "nested":
            yield from _in_query(body["query"])
        elif kind == "exists":
            yield body["field"]
        elif kind in _BY_NAME:
            yield from (name for name in body if name != "boost")
        elif kind == "query_string":
            yield from _in_text(body["query"])
        elif kind == "multi_match":
            yield from body["fields"]
        elif kind != "match_all":
            raise NotExecuted(f"a filter holds a query of kind {kind}")
