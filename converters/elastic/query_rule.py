"""Single events as Kibana's ``query`` rules: exact filters, one for each part of the condition."""

from typing import Any

from rekey.converters.elastic.compiled import Compiled
from rekey.converters.elastic.condition import (
    And,
    Condition,
    Empty,
    Like,
    Not,
    Unsupported,
    Wildcard,
)
from rekey.converters.elastic.dsl import Dsl, Query
from rekey.converters.elastic.esql_rule import single
from rekey.converters.elastic.kql import Kql
from rekey.converters.elastic.target import Target
from rekey.converters.rule import Rule

MATCH_ALL = "*"
"""The query bar's text: the filters below it say everything, exactly and without regard to case."""


def query_rule(rule: Rule, target: Target) -> Compiled:
    """Compile a rule on single events; ES|QL serves where something has to be computed.

    Raises:
        Unsupported: its condition cannot be searched.
    """
    base = rule.bases[0]
    language = target.dsl(base)
    try:
        seen = target.seen(base, language)
    except Unsupported:
        return single(rule, target)
    body = {
        "type": "query",
        "index": target.schema.index(base.source),
        "language": "kuery",
        "query": MATCH_ALL,
        "filters": filters(seen.condition, language, Kql(base.source, target.schema)),
    }
    differences = seen.differences | target.delivered_twice(rule) | target.late(rule)
    return Compiled(body, (seen.reading,), tuple(sorted(differences)))


def filters(condition: Condition, language: Dsl, kql: Kql) -> list[dict[str, Any]]:
    """Write one filter pill for each part that must hold or must not."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    return [_pill(part, language, kql) for part in parts]


def _pill(part: Condition, language: Dsl, kql: Kql) -> dict[str, Any]:
    inner, negated = (part.part, True) if isinstance(part, Not) else (part, False)
    if negated and isinstance(inner, Empty):  # there, rather than not missing
        inner, negated = Like(inner.field, (Wildcard.MANY,)), False
    return pill(language.query(inner), kql.text(inner), negated=negated)


def pill(query: Query, alias: str, *, negated: bool = False) -> dict[str, Any]:
    """Write a filter as Kibana's filter bar keeps a query of one's own.

    https://github.com/elastic/kibana/blob/main/src/platform/packages/shared/kbn-es-query/src/filters/build_filters/types.ts
    """
    return {
        "$state": {"store": "appState"},
        "meta": {
            "alias": alias, "disabled": False, "key": "query", "negate": negated, "type": "custom",
        },
        "query": query,
    }  # fmt: skip
