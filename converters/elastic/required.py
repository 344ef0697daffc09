"""Which fields a compiled rule reads: read out of its queries, so that nobody has to keep count.

Only names that a log source is known to have are looked for. In ES|QL and EQL, what stands in quotes is
no name, but for the Lucene inside QSTR.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rekey.converters.elastic import lucene
from rekey.converters.elastic.quoting import column, literal
from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import LogSourceFields

_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_CLOCKS: Final = ("timestamp_override", "timestamp_field")


def required(
    body: Mapping[str, Any], sources: Iterable[LogSourceFields], schema: Schema
) -> dict[str, str]:
    """Give the indexed fields that a rule reads, with their types.

    Args:
        body: the rule, as far as it decides.
        sources: the log sources that it reads.
        schema: how they are indexed.
    """
    known: dict[str, str] = {}
    for source in sources:
        known |= schema.names(source)
    found = {body[name] for name in _CLOCKS if name in body} | set(_in_filters(body))
    if threshold := body.get("threshold"):
        found |= {*threshold["field"], *(part["field"] for part in threshold["cardinality"])}
    if body["type"] in ("esql", "eql"):
        found |= set(named(known, body["query"]))
    return {name: known[name] for name in sorted(found)}


def named(names: Iterable[str], query: str) -> Iterator[str]:
    """Yield those of some names that a query of ES|QL or EQL reads."""
    code = _QUOTED.sub('""', query)
    for name in names:
        looked_up = any(literal(each)[1:-1] in query for each in lucene.mentions(name))
        if looked_up or _stands_in(code, name, after=r"[\w.`]"):
            yield name


def needed(names: Iterable[str], query: str) -> list[str]:
    """Give those of some names without which Elasticsearch refuses a query of ES|QL or EQL.

    A question mark makes a name optional, and what Lucene looks up need not be there.
    """
    code = _QUOTED.sub('""', query)
    return sorted(name for name in names if _stands_in(code, name, after=r"[\w.`?]"))


def _stands_in(code: str, name: str, *, after: str) -> bool:
    """Say whether a name stands in a query, as itself and not as a part of another one."""
    return re.search(rf"(?<!{after}){re.escape(column(name))}(?![\w.`])", code) is not None


def _in_filters(body: Mapping[str, Any]) -> Iterator[str]:
    for pill in body.get("filters", ()):
        yield from _in_query(pill["query"])


def _in_query(query: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of a query of our own making (:mod:`rekey.converters.elastic.dsl`)."""
    for kind, inner in query.items():
        if kind == "bool":
            for clause in ("filter", "should", "must_not"):
                for part in inner.get(clause, ()):
                    yield from _in_query(part)
        elif kind == "nested":
            yield from _in_query(inner["query"])
        elif kind == "exists":
            yield inner["field"]
        elif kind not in ("match_all", "match_none"):
            yield from inner
