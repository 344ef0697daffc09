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
_NAME: Final = re.compile(r"(\??)(`(?:``|[^`])+`|[\w@]+(?:\.[\w@]+)*)")
"""A name as :func:`column` writes it, and whether it is an optional one of EQL."""

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
    written = {name for _, name in _NAME.findall(_QUOTED.sub('""', query))}
    looks_up = "QSTR(" in query
    for name in names:
        if column(name) in written or (
            looks_up and any(literal(each)[1:-1] in query for each in lucene.mentions(name))
        ):
            yield name


def needed(names: Iterable[str], query: str) -> list[str]:
    """Give those of some names without which Elasticsearch refuses a query of ES|QL or EQL.

    A question mark makes a name optional, and what Lucene looks up need not be there.
    """
    written = {name for mark, name in _NAME.findall(_QUOTED.sub('""', query)) if not mark}
    return sorted(name for name in names if column(name) in written)


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
