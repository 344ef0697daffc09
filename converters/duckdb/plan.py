"""What the readings of the logs must keep, derived from the rules that will look at it.

All records are *surveyed*: a typed scan keeps their time and key, and what tells which of them the
rules may be about. Those few are then *read in full*. Storing costs more than parsing, so that
little is kept of every event.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock

from rekey.converters.duckdb.asked import names_of, plain_of, unsure, value_of
from rekey.converters.duckdb.calls import Calls, calls_of
from rekey.converters.duckdb.gate import Gate, text_of
from rekey.converters.duckdb.hashes import HashColumn, Tracked, asked_by, hash_columns
from rekey.converters.duckdb.interest import Grouped, Interest, Shape, Wide, Within, interest
from rekey.converters.duckdb.layout import Layout, atoms, raw_fields
from rekey.converters.registry import (
    COMMON_DERIVED,
    CONTEXT,
    LogSourceFields,
    placeholders,
    registry,
)
from rekey.converters.rule import BaseRule, Rule
from rekey.errors import Place, RekeyError
from rekey.event import ROLES

LINEAGE_NAMES = frozenset({
    "actor.id", "origin.ip", "credential.id", "credential.subject", "credential.minted_id",
    "credential.minted_subject",
})  # fmt: skip

REVOCATION_NAMES = frozenset({"credential.revoked_id", "credential.restored_id"})


@dataclass(frozen=True)
class ScanPlan:
    """How one source is read.

    Attributes:
        layout: all columns that are read in full; :attr:`Layout.stored` are expressions kept beside.
        shape: what must have the right JSON type: that, and what alerts and timelines will show.
        everywhere: raw fields and stored expressions that are kept of every event.
        calls: the names of calls that rules are about.
        gates: events that pass one are read in full, whatever else.
        besides: SQL over light columns; events that pass it are read in full as well.
        wide: texts of which those events are read in full that pass a test.
        tracked: looks of which one event is read in full, and groups that are if they hold enough.
        hashes: the columns by which looks, groups and texts are told.
        marks: names of which every event tells whether it carries them.
    """

    layout: Layout
    shape: Layout
    everywhere: tuple[str, ...]
    calls: Calls
    gates: tuple[Gate, ...] = ()
    besides: str = "false"
    wide: tuple[Wide, ...] = ()
    tracked: tuple[Tracked, ...] = ()
    hashes: tuple[HashColumn, ...] = ()
    marks: tuple[str, ...] = ()

    @cached_property
    def heavy(self) -> frozenset[str]:
        """The heavy keys of whose objects every event's text is read."""
        asked = (each for tracked in self.tracked for each in asked_by(tracked))
        return frozenset(each.root for each in asked if isinstance(each, Within))

    def keeps(self, each: str) -> bool:
        """Say whether everything that a name rests on is read, if only in full."""
        raws = raw_fields(self.layout.source, each)
        return bool(raws) and raws <= set(self.layout.raw)

    def is_everywhere(self, each: str) -> bool:
        """Say whether everything that a name rests on is kept of every event."""
        return atoms(self.layout.source, each) <= set(self.everywhere)


class Plans(Mapping[str, ScanPlan]):
    """How every source in the registry is read, by name; unneeded columns are not read.

    A source is planned when its plan is asked for: most logs are of one.

    Args:
        rules: the rules to be evaluated.
        lineage: also keep who acted with which credential of every event, and read in full every
            event that issues one or ends one.
    """

    def __init__(self, rules: Iterable[Rule], *, lineage: bool = False) -> None:
        self._lineage = lineage
        self._bases: dict[str, list[tuple[Rule, BaseRule]]] = {}
        for rule in rules:
            for base in rule.bases:
                self._bases.setdefault(base.source.name, []).append((rule, base))
        self._made: dict[str, ScanPlan] = {}
        self._making = Lock()  # stores that are filled side by side share their plans

    def __getitem__(self, source: str) -> ScanPlan:
        """Give the plan of a source."""
        with self._making:
            if source not in self._made:
                bases = self._bases.get(source, [])
                self._made[source] = _scan(registry()[source], bases, self._lineage)
            return self._made[source]

    def __iter__(self) -> Iterator[str]:
        """Name the sources in the registry's order."""
        return iter(registry())

    def __len__(self) -> int:
        """Count them."""
        return len(registry())


def full_layout(source: LogSourceFields) -> Layout:
    """Lay out a few events completely, for alerts and timelines."""
    names = available(source) & (frozenset(ROLES) | {"actor.kind", "credential.age_hours"})
    return layout_of(source, names | set(source.key))


def available(source: LogSourceFields) -> frozenset[str]:
    """Roles and derived fields that a source offers."""
    common = COMMON_DERIVED if "origin.ip" in source.roles else {}
    return frozenset({*source.roles, *source.derived, *common, CONTEXT})


def layout_of(source: LogSourceFields, names: frozenset[str]) -> Layout:
    """Lay out some names. Key, time and required fields are always read: a record without them is none."""
    return Layout(source, names | {*source.key, source.time, *source.required})


def _scan(
    source: LogSourceFields, bases: Sequence[tuple[Rule, BaseRule]], lineage: bool
) -> ScanPlan:
    names: set[str] = set(LINEAGE_NAMES & available(source)) if lineage else set()
    besides = [each for each in (source.mint, source.revocation) if each] if lineage else []
    ended = REVOCATION_NAMES & available(source) if lineage else frozenset()
    asked = {name for each in besides for name in placeholders(each)}
    every = names | ended | asked | {name for rule, base in bases for name in names_of(rule, base)}
    layout = layout_of(source, frozenset(every | set(source.pair_fields)))
    interests = [_interest(rule, base, layout) for rule, base in bases]
    wide = tuple(dict.fromkeys(each for each in interests if isinstance(each, Wide)))
    texts = dict.fromkeys(each.field for each in wide)
    interests = [
        _by_text(each, value_of(rule), texts, layout)
        for each, (rule, _) in zip(interests, bases, strict=True)
    ]
    gates = tuple(each for each in interests if isinstance(each, Gate))
    tracked = tuple(dict.fromkeys(e for e in interests if isinstance(e, Shape | Grouped)))
    light = {name for name in every if not layout.is_heavy_name(name)}
    always = {*source.pair_fields, *(names & light), *_watched(bases, light)}
    kept = {atom for name in always for atom in atoms(source, name)}
    return ScanPlan(
        layout=replace(layout, stored=_expressions(source, every)),
        shape=layout_of(source, layout.names | full_layout(source).names),
        everywhere=tuple(sorted(kept)),
        calls=calls_of([*gates, *(each.calls for each in tracked if each.calls)], layout),
        gates=gates,
        besides=" OR ".join(f"coalesce({layout.fill(each)}, false)" for each in besides) or "false",
        wide=wide,
        tracked=tracked,
        hashes=hash_columns(tracked, texts, source),
        marks=tuple(sorted({plain_of(name) for name in light if unsure(source, name)})),
    )


def _interest(rule: Rule, base: BaseRule, layout: Layout) -> Interest:
    """Say what a rule looks at.

    Raises:
        RekeyError: it asks in a way that not every engine can; with the rule's file.
    """
    try:
        return interest(rule, base, layout)
    except RekeyError as error:
        place = error.place or Place(rule.file)
        raise RekeyError(error.message, place=place, hint=error.hint) from error


def _watched(bases: Sequence[tuple[Rule, BaseRule]], light: set[str]) -> set[str]:
    """Give the keys of first-seen rules: how well an identity is known, all its requests tell."""
    keys = [rule.group_fields(base) for rule, base in bases if rule.directives.first_seen]
    return {key for each in keys if light.issuperset(each) for key in each}


def _by_text(each: Interest, value: str | None, texts: Collection[str], layout: Layout) -> Interest:
    """Tell what is counted by a text, if it rests on nothing else and one event of each text is read.

    Working it out of every event would cost more than to look it up.
    """
    if isinstance(each, Grouped) and value is not None:
        text = text_of(layout, value)
        if text is not None and text in texts and each.value != (text,):
            return replace(each, value=(text,), told=value)
    return each


def _expressions(source: LogSourceFields, names: Iterable[str]) -> frozenset[str]:
    """Give the expressions over light fields on which names rest: each is worked out once."""
    found = {atom for name in names for atom in atoms(source, name)}
    return frozenset(found - source.fields.keys())


def needs_origin(rules: Iterable[Rule]) -> bool:
    """Say whether any rule looks at more of an address than its text.

    Raises:
        RekeyError: some rule, whatever the others say, names what its source does not have.
    """
    asked = [names_of(rule, base) for rule in rules for base in rule.bases]
    return any({"origin.network", "origin.scope"} & names for names in asked)
