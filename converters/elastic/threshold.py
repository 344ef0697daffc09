"""Counts of events or of distinct indexed values as Kibana's ``threshold`` rules.

https://www.elastic.co/docs/solutions/security/detect-and-alert/threshold
"""

from typing import Any, Final

from rekey.converters.elastic.compiled import Compiled, Difference
from rekey.converters.elastic.condition import And, Condition, Equals, Unsupported
from rekey.converters.elastic.dsl import Query
from rekey.converters.elastic.esql_rule import counted
from rekey.converters.elastic.kql import Kql
from rekey.converters.elastic.long_values import too_long
from rekey.converters.elastic.query_rule import MATCH_ALL, filters, pill
from rekey.converters.elastic.schema import Indexed
from rekey.converters.elastic.target import Target
from rekey.converters.rule import BaseRule, Rule

MOST_KEYS: Final = 5
"""Kibana groups by no more fields."""


def threshold(rule: Rule, target: Target) -> Compiled:
    """Compile a count; ES|QL serves where something has to be computed, and for several base rules.

    Raises:
        Unsupported: a condition or key cannot be searched.
    """
    correlation = rule.correlation
    assert correlation is not None  # noqa: S101 - its kind
    if len(rule.bases) > 1:
        return counted(rule, target)
    base = rule.bases[0]
    keys = [_key(base, target, name) for name in rule.group_fields(base)]
    value = _key(base, target, correlation.field) if correlation.field else None
    if None in keys or (correlation.field and value is None):
        return counted(rule, target)
    known = [key for key in (*keys, value) if key]
    language = target.dsl(base)
    try:
        seen = target.seen(base, language)
    except Unsupported:
        return counted(rule, target)
    identity = None if value else _identity(base, target, seen.condition)
    pills = filters(seen.condition, language, Kql(base.source, target.schema))
    pills += [pill(query, f"{field.name}: *") for field in known if (query := _filled(field))]
    body = {
        "type": "threshold",
        "index": target.schema.index(base.source),
        "language": "kuery",
        "query": MATCH_ALL,
        "filters": pills,
        "threshold": _threshold(rule, [key.name for key in keys if key], value or identity),
    }
    if target.suppress:
        body["alert_suppression"] = {"duration": {"value": 1, "unit": "h"}}
    differences = seen.differences | {Difference("coarse_window")} | target.late(rule)
    names = [*rule.group_fields(base), *([correlation.field] if correlation.field else [])]
    differences |= set(too_long(names, base.source, target.schema, as_text=False))
    if value or identity:
        differences |= {Difference("approximate_count")}
    if identity is None:
        differences |= target.delivered_twice(rule)
    return Compiled(body, (seen.reading,), tuple(sorted(differences)))


def _key(base: BaseRule, target: Target, name: str) -> Indexed | None:
    """Give an indexed field that can be grouped by; ``None`` if there is none."""
    if name not in base.source.fields:
        return None
    field = target.schema.field(base.source, name)
    return None if field is None or field.type == "text" or field.nested else field


def _identity(base: BaseRule, target: Target, condition: Condition) -> Indexed | None:
    """Give the one field by which a rule's events can be counted, however often they come.

    Of a key of several fields, one must be left when those are taken off of which the condition
    admits one value only. ``None`` where documents are events.
    """
    if target.schema.names_documents(base.source):
        return None
    parts = condition.parts if isinstance(condition, And) else (condition,)
    fixed = {part.field for part in parts if isinstance(part, Equals)}
    left = [name for name in base.source.key if name not in fixed]
    if not base.source.key_always or len(left) != 1:
        return None
    return _key(base, target, left[0])


def _filled(field: Indexed) -> Query | None:
    """Leave out empty texts, which group like values; missing fields leave themselves out."""
    if not field.blanks:
        return None
    return {"wildcard": {field.name: {"value": "?*"}}}


def _threshold(rule: Rule, keys: list[str], value: Indexed | None) -> dict[str, Any]:
    correlation = rule.correlation
    assert correlation is not None  # noqa: S101 - its kind
    if correlation.operator not in ("gte", "gt"):
        raise Unsupported(f"compares with {correlation.operator}; a count that must stay low")
    if len(keys) > MOST_KEYS:
        raise Unsupported(f"groups by more than {MOST_KEYS} fields")
    count = correlation.count + (correlation.operator == "gt")
    if value is None:
        return {"field": keys, "value": count, "cardinality": []}
    return {"field": keys, "value": 1, "cardinality": [{"field": value.name, "value": count}]}
