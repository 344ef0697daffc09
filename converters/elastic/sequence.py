"""Ordered steps as EQL sequences.

https://www.elastic.co/docs/solutions/security/detect-and-alert/eql
"""

from typing import Any

from rekey.converters.elastic.compiled import Compiled, Difference, of_gaps
from rekey.converters.elastic.condition import ALWAYS, Unsupported
from rekey.converters.elastic.derived import Derived
from rekey.converters.elastic.eql import Eql
from rekey.converters.elastic.kql import Kql
from rekey.converters.elastic.query_rule import filters
from rekey.converters.elastic.quoting import column
from rekey.converters.elastic.sight import Seen, see
from rekey.converters.elastic.target import Target, only_source, refuse_louder
from rekey.converters.rule import BaseRule, Rule


def sequence(rule: Rule, target: Target) -> Compiled:
    """Compile steps that follow one another within the timespan.

    Raises:
        Unsupported: several log sources, or something that EQL cannot see.
    """
    source, correlation = only_source(rule), rule.correlation
    assert correlation is not None  # noqa: S101 - its kind
    language = target.eql(rule.bases[0])
    seen = [target.seen(base, language) for base in rule.bases]
    keys = [_keys(rule, base, language) for base in rule.bases]
    shared = all(key == keys[0] for key in keys)
    by = f" by {', '.join(names(keys[0]))}" if shared else ""
    steps = [
        f"  [any where {language.text(each.condition)}]"
        + ("" if shared else f" by {', '.join(names(key))}")
        for each, key in zip(seen, keys, strict=True)
    ]
    query = "\n".join([f"sequence{by} with maxspan={correlation.timespan}s", *steps])
    time = target.schema.time(source)
    body: dict[str, Any] = {
        "type": "eql",
        "language": "eql",
        "index": target.schema.index(source),
        "query": query,
    }
    if time != "@timestamp":
        body["timestamp_field"] = time
    passes = _passes(rule, target)
    if passes.condition != ALWAYS:
        kql = Kql(source, target.schema)
        body["filters"] = filters(passes.condition, target.dsl(rule.bases[0]), kql)
    differences = (
        {Difference("equal_times")}
        | of_gaps(passes.gaps)
        | target.delivered_twice(rule)
        | target.late(rule)
    )
    for base in rule.bases:
        differences |= target.lengths(source, rule.group_fields(base))
    differences |= target.refused(rule.bases[0], query)
    differences = differences.union(*(each.differences for each in seen))
    return Compiled(
        body,
        tuple(each.reading for each in seen),
        tuple(sorted(differences)),
    )


def _passes(rule: Rule, target: Target) -> Seen:
    """Give what the site's exclusions let pass: as filters of the rule, which narrow all its events.

    Raises:
        Unsupported: an exclusion cannot be searched, or is not for all steps.
    """
    first, *others = (target.not_excluded(base) for base in rule.bases)
    if any(other != first for other in others):
        raise Unsupported("an exclusion of the site is for some of its steps only")
    if first == ALWAYS:
        return Seen(first, ())
    base = rule.bases[0]
    language = target.dsl(base)
    refuse_louder(first, language)
    return see(Derived(base.source, target.site).expand(first), language.blindness)


def names(keys: list[tuple[str, str]]) -> list[str]:
    """Write the names of join keys; EQL leaves out events without them."""
    return [column(name) for name, _ in keys]


def _keys(rule: Rule, base: BaseRule, language: Eql) -> list[tuple[str, str]]:
    found = []
    for key in rule.group_fields(base):
        known = key in base.source.fields
        field = language.schema.field(base.source, key) if known else None
        if field is None or field.type in ("flattened", "text") or field.nested:
            raise Unsupported(f"{key} cannot be joined by in EQL")
        found.append((field.name, field.type))
    return found
