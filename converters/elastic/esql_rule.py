"""Rules as ES|QL: single events that need computing, distinct computed values, unordered steps.

Kibana narrows the events of an ES|QL rule to its look-back, by the rule's own time field.
https://www.elastic.co/docs/solutions/security/detect-and-alert/esql
"""

from collections.abc import Iterable
from itertools import combinations
from typing import Final

from rekey.converters.elastic.begun import body, index, pipeline, start, stats
from rekey.converters.elastic.compiled import Compiled, Difference
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.named import Named
from rekey.converters.elastic.target import Target
from rekey.converters.rule import Rule

ALIVE: Final = "METADATA _id, _index, _version"
"""Lets Kibana tie each alert to its event, and not repeat it."""

_COMPARE: Final = {"gte": ">=", "gt": ">"}


def single(rule: Rule, target: Target) -> Compiled:
    """Compile a rule on single events.

    Raises:
        Unsupported: its condition cannot be searched.
    """
    base = rule.bases[0]
    language = target.esql(base)
    seen = target.seen(base, language)
    query = pipeline(
        f"FROM {index(target, base.source)} {ALIVE}", f"WHERE {language.text(seen.condition)}"
    )
    differences = seen.differences | target.delivered_twice(rule) | target.refused(base, query)
    differences |= target.late(rule)
    return Compiled(body(query), (seen.reading,), tuple(sorted(differences)))


def counted(rule: Rule, target: Target) -> Compiled:
    """Compile a count of events, or of distinct values, where something has to be computed.

    Raises:
        Unsupported: see :func:`start`, or the comparison is no minimum.
    """
    correlation = rule.correlation
    assert correlation is not None  # noqa: S101 - its kind
    if correlation.operator not in _COMPARE:
        raise Unsupported(f"compares with {correlation.operator}; a count that must stay low")
    begun = start(rule, target, correlation.field)
    counts = {"Esql.event_count": begun.events()}
    extra = [Difference("coarse_window"), Difference("approximate_count"), begun.repeats]
    decisive, keys, tells = "Esql.event_count", begun.named, ("Esql.event_count",)
    if correlation.field:
        decisive, keys, value = "Esql.distinct_count", keys[:-1], keys[-1].column
        tells = ("Esql.values",)
        distinct = {decisive: f"COUNT_DISTINCT({value})", "Esql.values": f"VALUES({value})"}
        counts = distinct | counts
    minimum = f"{_COMPARE[correlation.operator]} {correlation.count}"
    # As many events as values, too: copies of one event may differ.
    enough = " AND ".join(
        f"{name} {minimum}" for name in dict.fromkeys((decisive, "Esql.event_count"))
    )
    query = pipeline(
        *begun.lines,
        stats(counts | begun.gathered() | _times(begun.time), _by(keys)),
        f"WHERE {enough} AND {begun.recent('Esql.last_time')}",
    )
    return begun.compiled(query, target, extra, tells)


def temporal(rule: Rule, target: Target) -> Compiled:
    """Compile steps in any order: every step is there, and by different events.

    By Hall's theorem there is a different event for each step if every set of n steps is matched by
    n events or more.

    Raises:
        Unsupported: see :func:`start`, or group keys that differ from step to step.
    """
    if len({rule.group_fields(base) for base in rule.bases}) > 1:
        raise Unsupported("its steps are grouped by different fields")
    begun = start(rule, target, None)
    steps = [begun.language.text(seen.condition, inner=True) for seen in begun.seen]
    sets = [c for n in range(1, len(steps) + 1) for c in combinations(range(len(steps)), n)]
    names = {chosen: "Esql.step_" + "_or_".join(str(i + 1) for i in chosen) for chosen in sets}
    counts = {
        name: begun.events(" OR ".join(steps[i] for i in chosen)) for chosen, name in names.items()
    }
    enough = " AND ".join(f"{name} >= {len(chosen)}" for chosen, name in names.items())
    query = pipeline(
        *begun.lines,
        stats(counts | begun.gathered() | _times(begun.time), _by(begun.named)),
        f"WHERE {enough} AND {begun.recent('Esql.last_time')}",
    )
    return begun.compiled(query, target, [Difference("coarse_window"), begun.repeats])


def _times(time: str) -> dict[str, str]:
    return {"Esql.first_time": f"MIN({time})", "Esql.last_time": f"MAX({time})"}


def _by(keys: Iterable[Named]) -> str:
    return ", ".join(key.column for key in keys)
