"""The beginning that all ES|QL rules share which aggregate: the events, with keys, value and faces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import Any

from rekey.converters.elastic.compiled import Compiled, Difference
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.faces import SHOWN, faces
from rekey.converters.elastic.named import Named
from rekey.converters.elastic.quoting import column
from rekey.converters.elastic.schedule import schedule
from rekey.converters.elastic.target import Seen, Target, only_source
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import Rule


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
    faces: tuple[Named, ...]
    """What else an alert tells of who took part."""

    @property
    def repeats(self) -> Difference:
        """Say how often the same event is news."""
        return Difference("repeats", f"an event up to {schedule(self.rule).reports} times")

    def events(self, condition: str = "") -> str:
        """Count events that meet a condition, each once however often it was delivered."""
        what = f"COUNT_DISTINCT({self.identity})" if self.identity else "COUNT(*)"
        return f"{what} WHERE {condition}" if condition else what

    def gathered(self, condition: str = "") -> dict[str, str]:
        """Gather the faces; in a later stage, those gathered before."""
        where = f" WHERE {condition}" if condition else ""
        return {face.column: f"VALUES({face.column}){where}" for face in self.faces}

    @property
    def slice(self) -> str:
        """The moment from which on events are news."""
        return f"NOW() - {schedule(self.rule).recent} seconds"

    def recent(self, name: str) -> str:
        """Ask whether a moment is news."""
        return f"{name} >= {self.slice}"

    def compiled(
        self, query: str, target: Target, extra: Iterable[Difference], tells: tuple[str, ...] = ()
    ) -> Compiled:
        """Finish.

        Args:
            query: the query, but for what shortens its faces.
            target: for whom.
            extra: differences besides those of its parts.
            tells: columns that say what was seen.
        """
        differences = {*extra}.union(*(seen.differences for seen in self.seen))
        differences |= {Difference("no_rerun")} | target.late(self.rule) | self.long
        differences |= target.refused(self.rule.bases[0], query)
        if self.identity is None:
            differences |= target.delivered_twice(self.rule)
        keys = [key.name for key in self.named[: len(self.rule.group_fields(self.rule.bases[0]))]]
        shown = {f.column: f"MV_SLICE({f.column}, 0, {SHOWN - 1})" for f in self.faces}
        query = pipeline(query, evals(shown)) if shown else query
        return Compiled(
            body(query, suppress_by=keys if target.suppress else None),
            tuple(seen.reading for seen in self.seen),
            tuple(sorted(differences)),
            (*keys, *tells, *(face.name for face in self.faces)),
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
        Unsupported: several log sources, or something that ES|QL cannot see.
    """
    source = only_source(rule)
    language = target.esql(rule.bases[0])
    seen = tuple(target.seen(base, language) for base in rule.bases)
    groups = [rule.group_fields(base) for base in rule.bases]
    wanted = [*dict.fromkeys(chain(*groups)), *([value] if value else [])]
    keys = _keys(rule, language, seen)
    named = (*(key for key, _ in keys), *([_named(language, value)] if value else []))
    if change:
        last = named[-1]
        changed = change(f"TO_STRING({last.made or last.column})")
        named = (*named[:-1], Named("Esql.value", changed))
    gathered = faces(rule, language, named)
    made = ", ".join(f"{one.column} = {one.made}" for one in (*named, *gathered) if one.made)
    filled = " AND ".join(key.filled for key in named)
    conditions = [language.text(each.condition, inner=len(seen) > 1) for each in seen]
    lines = [f"FROM {index(target, source)}", f"WHERE {' OR '.join(conditions)}"]
    lines += [evals({each.column: str(each.made) for each in own}) for _, own in keys if own]
    lines += [f"EVAL {made}"] if made else []
    lines += [f"MV_EXPAND {key.column}" for key, own in keys if own]
    lines += [f"WHERE {filled}"]
    long = frozenset(target.lengths(source, wanted))
    time = column(target.schema.time(source))
    identity = None if target.schema.names_documents(source) else language.identity()
    return Begun(rule, tuple(lines), named, language, seen, time, identity, long, gathered)


def _keys(rule: Rule, language: Esql, seen: Sequence[Seen]) -> list[tuple[Named, list[Named]]]:
    """Name the group keys, each with the columns of which it is made if base rules differ in it.

    An event that several base rules match has the keys of all of them.
    """
    found: list[tuple[Named, list[Named]]] = []
    names = rule.correlation.group_by if rule.correlation else ()
    columns = zip(*(rule.group_fields(base) for base in rule.bases), strict=True)
    for name, fields in zip(names, columns, strict=True):
        keys = [_named(language, field) for field in fields]
        if len(set(fields)) == 1:
            found.append((keys[0], []))
            continue
        tests = [language.text(each.condition, inner=True) for each in seen]
        own = [
            Named(f"Esql.{name}_{i}", f"CASE({test}, {key.made or key.column}, null)")
            for i, (test, key) in enumerate(zip(tests, keys, strict=True), 1)
        ]
        # Nothing can be appended to null: each place falls back to another base rule's key.
        turned = [[each.column for each in own[i:] + own[:i]] for i in range(len(own))]
        places = [f"COALESCE({', '.join(each)})" for each in turned]
        values = reduce(lambda some, one: f"MV_APPEND({some}, {one})", places)
        found.append((Named(f"Esql.{name}", f"MV_DEDUPE({values})"), own))
    return found


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


def index(target: Target, source: LogSourceFields) -> str:
    """Write the index patterns of a log source."""
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
