"""What the readings of the logs must keep, derived from the rules that will look at it.

All records are *surveyed*: a typed scan keeps their time and key, and what tells which of them the
rules may be about. Those few are then *read in full*. Storing costs more than parsing, so that
little is kept of every event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rekey.converters.duckdb.asked import behind, names_of, plain_of
from rekey.converters.duckdb.gate import Gate, any_of
from rekey.converters.duckdb.interest import Shape, Varying, interest
from rekey.converters.duckdb.layout import CONTEXT, Layout, atoms, raw_fields
from rekey.converters.registry import COMMON_DERIVED, LogSourceFields, placeholders, registry
from rekey.converters.rule import BaseRule, Rule
from rekey.event import ROLES

LINEAGE_NAMES = frozenset({
    "actor.id", "origin.ip", "credential.id", "credential.subject", "credential.minted_id",
    "credential.minted_subject",
})  # fmt: skip


@dataclass(frozen=True)
class ScanPlan:
    """How one source is read.

    Attributes:
        layout: all columns that are read in full; :attr:`Layout.stored` are expressions kept beside.
        everywhere: raw fields and stored expressions that are kept of every event.
        gate: SQL over light columns: which events are read in full, whatever else.
        varying: groups of which all events are read in full if they hold two values.
        shapes: looks of which one event is read in full.
        marks: names of which every event tells whether it carries them.
    """

    layout: Layout
    everywhere: tuple[str, ...]
    gate: str
    varying: tuple[Varying, ...] = ()
    shapes: tuple[Shape, ...] = ()
    marks: tuple[str, ...] = ()

    def keeps(self, each: str) -> bool:
        """Say whether everything that a name rests on is read, if only in full."""
        raws = raw_fields(self.layout.source, each)
        return bool(raws) and raws <= set(self.layout.raw)

    def is_everywhere(self, each: str) -> bool:
        """Say whether everything that a name rests on is kept of every event."""
        return atoms(self.layout.source, each) <= set(self.everywhere)


def replay_plan(rules: Iterable[Rule], *, lineage: bool = False) -> dict[str, ScanPlan]:
    """Plan the reading of every source in the registry; unneeded columns are not read.

    Args:
        rules: the rules to be evaluated.
        lineage: also keep who acted with which credential of every event, and read in full every
            event that issues one.
    """
    bases: dict[str, list[tuple[Rule, BaseRule]]] = {}
    for rule in rules:
        for base in rule.bases:
            bases.setdefault(base.source.name, []).append((rule, base))
    return {
        source.name: _scan(source, bases.get(source.name, []), lineage)
        for source in registry().values()
    }


def full_layout(source: LogSourceFields) -> Layout:
    """Lay out a few events completely, for alerts and timelines."""
    names = available(source) & (frozenset(ROLES) | {"actor.kind", "credential.age_hours"})
    return _layout(source, names | set(source.key))


def available(source: LogSourceFields) -> frozenset[str]:
    """Roles and derived fields that a source offers."""
    common = COMMON_DERIVED if "origin.ip" in source.roles else {}
    return frozenset({*source.roles, *source.derived, *common, CONTEXT})


def _layout(source: LogSourceFields, names: frozenset[str]) -> Layout:
    """Key, time and required fields are always read: a record without them is none."""
    return Layout(source, names | {*source.key, source.time, *source.required})


def _scan(
    source: LogSourceFields, bases: Sequence[tuple[Rule, BaseRule]], lineage: bool
) -> ScanPlan:
    names: set[str] = set(LINEAGE_NAMES & available(source)) if lineage else set()
    minting = set(placeholders(source.mint or "")) if lineage else set()
    every = names | minting | {name for rule, base in bases for name in names_of(rule, base)}
    layout = _layout(source, frozenset(every | set(source.pair_fields)))
    interests = [interest(rule, base, layout) for rule, base in bases]
    test = any_of([each for each in interests if isinstance(each, Gate)], layout)
    if lineage and source.mint:
        test = f"coalesce({layout.fill(source.mint)}, false) OR {test}"
    light = {name for name in every if not layout.is_heavy_name(name)}
    always = {*source.pair_fields, *(names & light)}
    kept = {atom for name in always for atom in atoms(source, name)}
    unsure = source.capability.conditional.keys()
    return ScanPlan(
        layout=replace(layout, stored=_expressions(source, every)),
        everywhere=tuple(sorted(kept)),
        gate=test,
        varying=tuple(dict.fromkeys(each for each in interests if isinstance(each, Varying))),
        shapes=tuple(dict.fromkeys(each for each in interests if isinstance(each, Shape))),
        marks=tuple(sorted({plain_of(n) for n in light if behind(source, n) & unsure})),
    )


def _expressions(source: LogSourceFields, names: Iterable[str]) -> frozenset[str]:
    """Give the expressions over light fields on which names rest: each is worked out once."""
    found = {atom for name in names for atom in atoms(source, name)}
    return frozenset(found - source.fields.keys())


def needs_origin(rules: Iterable[Rule]) -> bool:
    """Say whether any rule looks at more of an address than its text."""
    derived = {"origin.network", "origin.scope"}
    return any(derived & names_of(rule, base) for rule in rules for base in rule.bases)
