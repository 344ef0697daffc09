"""How much of the log a base rule has to see in full, told while the log is being surveyed.

Reading an event in full costs several times as much as finding it, so that of each rule it is asked
which events decide it. Derived from the rules and never written by hand. Sound by construction:
whatever may fire a rule is read in full, or stands beside an event that looks the same to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rekey.converters.duckdb.asked import keys_of, names_of, unsure, value_of
from rekey.converters.duckdb.condition import Columns, fields, relaxed
from rekey.converters.duckdb.gate import Gate, gate, text_of
from rekey.converters.duckdb.layout import Layout, is_known, raw_fields
from rekey.converters.registry import COMMON_DERIVED, CONTEXT, LogSourceFields
from rekey.converters.rule import BaseRule, Kind, Rule


@dataclass(frozen=True, order=True)
class Within:
    """What stands below a heavy key.

    Attributes:
        root: the key.
        pointer: JSON pointer below it, up to the first list.
    """

    root: str
    pointer: str


Asked = str | Within
"""A name over light fields, or something below a heavy key."""


@dataclass(frozen=True)
class Wide:
    """Single events that one text tells, whatever the call: asked once of each different text.

    Attributes:
        field: the light field that holds it.
        test: SQL over it that holds wherever the base rule matches.
        gate: SQL over other light columns that does so too, asked of every event.
    """

    field: str
    test: str
    gate: str


@dataclass(frozen=True)
class Shape:
    """Many events look the same to a rule: of each look, one is read in full and stands for all.

    Attributes:
        test: SQL that holds wherever the base rule matches.
        asked: all that the rule asks of an event.
        calls: the gate, if the rule names calls.
    """

    test: str
    asked: tuple[Asked, ...]
    calls: Gate | None = field(default=None, compare=False)  # the test holds it


@dataclass(frozen=True)
class Grouped:
    """Only groups that hold enough matter, to a rule that counts; most hold less.

    Attributes:
        test: SQL that holds wherever the base rule matches.
        group: what the rule groups by.
        value: what the rule counts, if it counts distinct values.
        told: the name of what it counts, where ``value`` is a text that tells it: what that is, one
            event of each text says.
        rule: id of the rule; its base rules share their groups.
        base: number of the base rule in it.
        enough: SQL over ``value`` and ``number`` (of the base rule) of a group's events.
        timespan: seconds within which there must be enough. ``None`` if the whole group is asked:
            whether a source carries a field at all, only events that are read in full can tell.
        calls: the gate, if the rule names calls.
    """

    test: str
    group: tuple[Asked, ...]
    value: tuple[Asked, ...]
    rule: str
    base: int
    enough: str
    timespan: int | None = None
    calls: Gate | None = field(default=None, compare=False)
    told: str | None = None


Interest = Gate | Wide | Shape | Grouped
"""Which events are read in full for a base rule; a gate lets through every one that may match."""


def interest(rule: Rule, base: BaseRule, layout: Layout) -> Interest:
    """Say which events decide a base rule.

    Raises:
        RekeyError: see :func:`rekey.converters.duckdb.asked.names_of`.
    """
    layout = layout.computed  # told before anything is stored
    found, names = gate(base, layout), names_of(rule, base)
    if rule.kind is Kind.SINGLE:
        return found if found.is_narrow else _wide(base, layout) or found
    calls = found if found.is_narrow else None
    group = _group(rule, base, layout)
    if (enough := _enough(rule)) and group is not None:
        value = _all((value_of(rule),), layout)
        number = next(i for i, each in enumerate(rule.bases) if each is base)
        timespan = None if _uncertain(names, layout) else _timespan(rule)
        return Grouped(found.test, group, value, rule.id, number, enough, timespan, calls)
    return Shape(found.test, (CONTEXT, *_all(names, layout)), calls)


def _wide(base: BaseRule, layout: Layout) -> Wide | None:
    """Choose the field that tells most; whole kinds of actors are told by their names."""
    source, columns = layout.source, Columns(layout.source, layout.column)
    told = {each: text_of(layout, each) for each in fields(base.condition, but_absent=True)}
    actors = raw_fields(source, "actor.id")
    for text in sorted({each for each in told.values() if each} - actors):
        own = {each for each, t in told.items() if t == text}
        if (test := relaxed(base.condition, columns, own.__contains__)) is not None:
            others = set(filter(layout.is_light, told)) - own
            gate = relaxed(base.condition, columns, others.__contains__)
            return Wide(text, test, gate or "true")
    return None


def _enough(rule: Rule) -> str | None:
    """Say what a group must hold at least; ``None`` where little may be enough as well."""
    correlation = rule.correlation
    if correlation is None or rule.directives.first_seen or rule.directives.dormant:
        return None
    if len({base.source.name for base in rule.bases}) > 1:
        return None  # what one source holds little of, another may hold
    least = {"gte": correlation.count, "gt": correlation.count + 1}.get(correlation.operator)
    match rule.kind:
        case Kind.EVENT_COUNT if least:
            return f"count(*) >= {least}"
        case Kind.VALUE_COUNT if least:
            return f"count(DISTINCT value) >= {least}"
        case Kind.TEMPORAL | Kind.TEMPORAL_ORDERED:
            return f"count(DISTINCT number) >= {len(rule.bases)}"
    return None


def _timespan(rule: Rule) -> int | None:
    return rule.correlation.timespan if rule.correlation else None


def _uncertain(names: Iterable[str], layout: Layout) -> bool:
    """Say whether a rule asks for something below a heavy key that a source may not carry."""
    return any(unsure(layout.source, each) and layout.is_heavy_name(each) for each in names)


def _group(rule: Rule, base: BaseRule, layout: Layout) -> tuple[Asked, ...] | None:
    """Give what a rule groups by, if equal groups can be told before anything is looked up."""
    source = base.source
    found: list[Asked] = []
    for key in keys_of(rule, base):
        if not is_known(source, key) or key in COMMON_DERIVED or key == "actor.kind":
            return None
        if key in source.fields and source.is_array(key):
            return None
        if layout.is_heavy_name(key):
            if key not in source.fields:
                return None
            found.append(_within(source.path(key)))
        else:
            found.append(key)
    return tuple(found)


def _all(names: Iterable[str | None], layout: Layout) -> tuple[Asked, ...]:
    """Give what names rest on before anything is looked up; what is equal there is equal."""
    source = layout.source
    found: set[Asked] = set()
    for each in {inner for outer in names if outer for inner in _before_look_ups(source, outer)}:
        each = _plain(source, each)
        if not layout.is_heavy_name(each):
            found.add(each)
            continue
        for raw in raw_fields(source, each):
            found.add(_within(source.path(raw)) if layout.is_heavy(raw) else raw)
    # What rests on nothing but fields that are asked for by themselves tells nothing more.
    told = {
        each
        for each in found
        if isinstance(each, str)
        and each not in source.fields
        and (inputs := raw_fields(source, each))
        and inputs <= found
    }
    return tuple(sorted(found - told, key=str))


def _plain(source: LogSourceFields, each: str) -> str:
    """Follow a role that is another name's only to that name."""
    while isinstance(role := source.roles.get(each), tuple) and len(role) == 1:
        (each,) = role
    return each


def _before_look_ups(source: LogSourceFields, each: str) -> set[str]:
    """Give the names on which one rests that only a look-up tells, or the name itself."""
    if each in COMMON_DERIVED:
        asked = {"origin.ip", "actor.id"} if each == "origin.expected" else {"origin.ip"}
        return asked & source.roles.keys()
    if each == "actor.kind":
        return {each, *({"actor.id"} & source.roles.keys())}
    return {each} if is_known(source, each) else set()


def _within(path: tuple[str, ...]) -> Within:
    root, *rest = path
    below = []
    for key in rest if not root.endswith("[]") else ():
        below.append(key.removesuffix("[]").replace("~", "~0").replace("/", "~1"))
        if key.endswith("[]"):
            break
    return Within(root.removesuffix("[]"), "".join(f"/{key}" for key in below))
