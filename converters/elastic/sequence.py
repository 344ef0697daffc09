"""Ordered steps as EQL sequences.

https://www.elastic.co/docs/solutions/security/detect-and-alert/eql
"""

from rekey.converters.elastic.compiled import Compiled, Difference
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.eql import Eql
from rekey.converters.elastic.quoting import column
from rekey.converters.elastic.target import Target, only_source
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
    body = {
        "type": "eql",
        "language": "eql",
        "index": target.schema.index(source),
        "query": query,
    }
    if time != "@timestamp":
        body["timestamp_field"] = time
    differences = {Difference("equal_times")} | target.delivered_twice(rule) | target.late(rule)
    for base in rule.bases:
        differences |= target.lengths(source, rule.group_fields(base))
    differences |= target.refused(rule.bases[0], query)
    differences = differences.union(*(each.differences for each in seen))
    return Compiled(
        body,
        tuple(each.reading for each in seen),
        frozenset().union(*(each.fields for each in seen), *keys),
        tuple(sorted(differences)),
    )


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
