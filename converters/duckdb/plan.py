"""What one reading of the logs must keep, derived from the rules that will look at it.

Storing costs more than parsing. Most rules look at a few kinds of call only, which the gate finds by
plain values; what they need is kept of those events alone. Rules that look at everything (one key
from two networks) decide what is kept of every event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rekey.converters.duckdb.gate import Gate, any_of, gate
from rekey.converters.duckdb.hits import names_of
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
        layout: all columns that are read; :attr:`Layout.stored` are expressions kept of every event.
        everywhere: raw fields that are kept of every event.
        gated: raw fields that are kept of events that pass the gate.
        gate: SQL over light columns.
    """

    layout: Layout
    everywhere: tuple[str, ...]
    gated: tuple[str, ...]
    gate: str

    def keeps(self, each: str) -> bool:
        """Say whether everything that a name rests on is kept, if only behind the gate."""
        columns = atoms(self.layout.source, each)
        return bool(columns) and not self._lacks(columns, {*self.everywhere, *self.gated})

    def is_gated(self, each: str) -> bool:
        """Say whether a name rests on anything that is kept behind the gate only."""
        return self._lacks(atoms(self.layout.source, each), set(self.everywhere))

    def _lacks(self, columns: Iterable[str], raws: set[str]) -> bool:
        source, stored = self.layout.source, self.layout.stored
        return any(
            atom not in stored and atom not in raws and not raw_fields(source, atom) <= raws
            for atom in columns
        )


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


def full_plan(source: LogSourceFields) -> ScanPlan:
    """Plan for reading a few events completely, for alerts and timelines."""
    names = available(source) & (frozenset(ROLES) | {"actor.kind", "credential.age_hours"})
    layout = _layout(source, names | set(source.key))
    heavy = tuple(raw for raw in layout.raw if layout.is_heavy(raw))
    return ScanPlan(layout, layout.light, heavy, "true")


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
    raws = {raw for name in every for raw in raw_fields(source, name)}
    layout = _layout(source, frozenset(every | set(source.pair_fields)))
    gates: list[Gate] = []
    # A field that is only logged under a setting is kept of every event: its absence must show.
    conditional = source.capability.conditional.keys() & every
    names |= {*source.pair_fields, *(n for n in conditional if not layout.is_heavy_name(n))}
    for rule, base in bases:
        condition = gate(base, layout)
        if condition is None:
            names |= names_of(rule, base)
        else:
            gates.append(condition)
    columns = {atom for name in names for atom in atoms(source, name)}
    kept = columns & source.fields.keys()
    test = any_of(gates, layout)
    if any(layout.is_heavy(raw) for raw in kept):
        test = "true"
    elif lineage and source.mint:
        test = f"coalesce({layout.fill(source.mint)}, false) OR {test}"
    return ScanPlan(
        layout=replace(
            layout, stored=frozenset(n for n in columns - kept if not raw_fields(source, n) <= kept)
        ),
        everywhere=tuple(raw for raw in layout.light if raw in kept),
        gated=tuple(raw for raw in layout.raw if raw in raws and raw not in kept),
        gate=test,
    )


def needs_origin(rules: Iterable[Rule]) -> bool:
    """Say whether any rule looks at more of an address than its text."""
    derived = {"origin.network", "origin.scope"}
    return any(derived & names_of(rule, base) for rule in rules for base in rule.bases)
