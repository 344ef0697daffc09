"""Rules as ES|QL: single events that need computing, distinct computed values, unordered steps.

Kibana narrows the events of an ES|QL rule to its look-back, by the rule's own time field.
https://www.elastic.co/docs/solutions/security/detect-and-alert/esql
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from rekey.converters.elastic.compiled import Compiled, Difference
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.quoting import column
from rekey.converters.elastic.schedule import schedule
from rekey.converters.elastic.target import Seen, Target, only_source
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import Rule

ALIVE: Final = "METADATA _id, _index, _version"
"""Lets Kibana tie each alert to its event, and not repeat it."""

_COMPARE: Final = {"gte": ">=", "gt": ">"}


@dataclass(frozen=True)
class Named:
    """A value under the name of a column; ``made`` says how, ``None`` if it is a field."""

    name: str
    made: str | None

    @property
    def column(self) -> str:
        """The column as ES|QL writes it."""
        return column(self.name)

    @property
    def filled(self) -> str:
        """Ask for a value.

        Not by IS NOT NULL: of a computed value, ES|QL 8.19 concludes from that that every field
        in it is there, also behind COALESCE.
        """
        return f'COALESCE(TO_STRING({self.column}), "") != ""'


def single(rule: Rule, target: Target) -> Compiled:
    """Compile a rule on single events.

    Raises:
        Unsupported: its condition cannot be searched.
    """
    base = rule.bases[0]
    language = target.esql(base)
    seen = target.seen(base, language)
    query = pipeline(
        f"FROM {_index(target, base.source)} {ALIVE}", f"WHERE {language.text(seen.condition)}"
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
    decisive, keys = "Esql.event_count", begun.named
    if correlation.field:
        decisive, keys, value = "Esql.distinct_count", keys[:-1], keys[-1].column
        distinct = {decisive: f"COUNT_DISTINCT({value})", "Esql.values": f"VALUES({value})"}
        counts = distinct | counts
    minimum = f"{_COMPARE[correlation.operator]} {correlation.count}"
    # As many events as values, too: copies of one event may differ.
    enough = " AND ".join(
        f"{name} {minimum}" for name in dict.fromkeys((decisive, "Esql.event_count"))
    )
    query = pipeline(
        *begun.lines,
        stats(counts | _times(begun.time), _by(keys)),
        f"WHERE {enough} AND {begun.recent('Esql.last_time')}",
    )
    return begun.compiled(query, target, extra)


def temporal(rule: Rule, target: Target) -> Compiled:
    """Compile steps in any order: every step is there, and by different events.

    By Hall's theorem there is a different event for each step if every set of n steps is matched by
    n events or more.

    Raises:
        Unsupported: see :func:`start`.
    """
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
        stats(counts | _times(begun.time), _by(begun.named)),
        f"WHERE {enough} AND {begun.recent('Esql.last_time')}",
    )
    return begun.compiled(query, target, [Difference("coarse_window"), begun.repeats])


@dataclass(frozen=True)
class Begun:
    """A query as far as all stateful ones agree: the events, with group keys and value."""

    rule: Rule
    lines: tuple[str, ...]
    named: tuple[Named, ...]
    """The group keys, and the counted value if there is one."""
    language: Esql
    seen: tuple[Seen, ...]
    time: str
    identity: str | None
    """What tells events apart; ``None`` where documents do."""
    long: frozenset[Difference]
    """Values among the keys that may be too long."""

    @property
    def repeats(self) -> Difference:
        """Say how often the same event is news."""
        return Difference("repeats", f"an event up to {schedule(self.rule).reports} times")

    def events(self, condition: str = "") -> str:
        """Count events that meet a condition, each once however often it was delivered."""
        what = f"COUNT_DISTINCT({self.identity})" if self.identity else "COUNT(*)"
        return f"{what} WHERE {condition}" if condition else what

    @property
    def slice(self) -> str:
        """The moment from which on events are news."""
        return f"NOW() - {schedule(self.rule).recent} seconds"

    def recent(self, name: str) -> str:
        """Ask whether a moment is news."""
        return f"{name} >= {self.slice}"

    def compiled(self, query: str, target: Target, extra: Iterable[Difference]) -> Compiled:
        """Finish."""
        differences = {*extra}.union(*(seen.differences for seen in self.seen))
        differences |= {Difference("no_rerun")} | target.late(self.rule) | self.long
        differences |= target.refused(self.rule.bases[0], query)
        if self.identity is None:
            differences |= target.delivered_twice(self.rule)
        keys = [key.name for key in self.named[: len(self.rule.group_fields(self.rule.bases[0]))]]
        return Compiled(
            body(query, suppress_by=keys if target.suppress else None),
            tuple(seen.reading for seen in self.seen),
            tuple(sorted(differences)),
        )


def start(
    rule: Rule, target: Target, value: str | None, change: Callable[[str], str] | None = None
) -> Begun:
    """Begin a stateful query; events without a key or value take no part.

    Args:
        rule: the rule.
        target: for whom.
        value: what is counted or new.
        change: what to make of the value first.

    Raises:
        Unsupported: several log sources, group keys that differ from step to step, or something
            that ES|QL cannot see.
    """
    source = only_source(rule)
    groups = {rule.group_fields(base) for base in rule.bases}
    if len(groups) > 1:
        raise Unsupported("its steps are grouped by different fields")
    language = target.esql(rule.bases[0])
    seen = tuple(target.seen(base, language) for base in rule.bases)
    wanted = [*groups.pop(), *([value] if value else [])]
    named = tuple(_named(language, name) for name in wanted)
    if change:
        last = named[-1]
        changed = change(f"TO_STRING({last.made or last.column})")
        named = (*named[:-1], Named("Esql.value", changed))
    made = ", ".join(f"{key.column} = {key.made}" for key in named if key.made)
    filled = " AND ".join(key.filled for key in named)
    conditions = [language.text(each.condition, inner=len(seen) > 1) for each in seen]
    lines = [f"FROM {_index(target, source)}", f"WHERE {' OR '.join(conditions)}"]
    lines += [f"EVAL {made}"] if made else []
    lines += [f"WHERE {filled}"]
    long = frozenset(target.lengths(source, wanted))
    time = column(target.schema.time(source))
    identity = None if target.schema.names_documents(source) else language.identity()
    return Begun(rule, tuple(lines), named, language, seen, time, identity, long)


def _named(language: Esql, name: str) -> Named:
    made = language.value(name)
    if made is None:
        raise Unsupported(f"{name} cannot be read by ES|QL")
    known = name in language.source.fields
    field = language.schema.field(language.source, name) if known else None
    if field and column(field.name) == made:
        return Named(field.name, None)
    return Named(name, made)


def pipeline(*commands: str) -> str:
    """Join commands, one a line."""
    return "\n| ".join(commands)


def stats(columns: Mapping[str, str], by: str) -> str:
    """Write an aggregation."""
    return f"STATS {', '.join(f'{name} = {made}' for name, made in columns.items())} BY {by}"


def evals(columns: Mapping[str, str]) -> str:
    """Write computed columns."""
    return f"EVAL {', '.join(f'{name} = {made}' for name, made in columns.items())}"


def _times(time: str) -> dict[str, str]:
    return {"Esql.first_time": f"MIN({time})", "Esql.last_time": f"MAX({time})"}


def _by(keys: Iterable[Named]) -> str:
    return ", ".join(key.column for key in keys)


def _index(target: Target, source: LogSourceFields) -> str:
    return ", ".join(target.schema.index(source))


def body(query: str, *, suppress_by: list[str] | None = None) -> dict[str, Any]:
    """Write an ES|QL rule."""
    made: dict[str, Any] = {"type": "esql", "language": "esql", "query": query}
    if suppress_by:
        made["alert_suppression"] = {
            "group_by": suppress_by,
            "duration": {"value": 1, "unit": "h"},
            "missing_fields_strategy": "doNotSuppress",
        }
    return made
