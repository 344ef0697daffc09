"""Can these logs decide a rule at all? Silence of a rule that cannot fire is not innocence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.types import SigmaNull

from rekey.converters.duckdb.asked import never, unsure
from rekey.converters.duckdb.condition import Columns, relaxed
from rekey.converters.rule import BaseRule, Condition, Kind, Rule
from rekey.site import Site
from rekey.store import Store

_NAMED: Final = 3
"""Clusters or audit devices that are named; the others are counted."""


@dataclass(frozen=True)
class Verdict:
    """What stands in the way of a rule.

    Attributes:
        undecidable: why it cannot fire on these logs at all.
        gaps: of what it is blind in part: in some clusters, or to one of its alternatives.
    """

    undecidable: str | None = None
    gaps: tuple[str, ...] = ()


def evaluability(rule: Rule, store: Store, site: Site) -> Verdict:
    """Say what a rule cannot tell from what the store holds."""
    verdicts = [_of_base(rule, base, store, site) for base in rule.bases]
    ordered = rule.kind in (Kind.TEMPORAL, Kind.TEMPORAL_ORDERED)
    return _all(verdicts) if ordered else _any(verdicts)


def _of_base(rule: Rule, base: BaseRule, store: Store, site: Site) -> Verdict:
    if base.source.name not in store.present:
        return Verdict(f"no {base.source.title} in the input")
    keys = list(rule.group_fields(base))
    if rule.correlation and rule.correlation.field:
        keys.append(rule.correlation.field)
    judge = _Judge(base, store, site)
    grouped = [judge.name(each, [base.condition]) for each in dict.fromkeys(keys)]
    return _all([*grouped, judge.condition(base.condition, [])])


class _Judge:
    """Judges the parts of a base rule's condition."""

    def __init__(self, base: BaseRule, store: Store, site: Site) -> None:
        self._source, self._store, self._site = base.source, store, site
        self._layout = store.plans[base.source.name].layout

    def condition(self, condition: Condition, around: Sequence[Condition]) -> Verdict:
        """Judge a condition; those around it hold for the same event. What is negated asks nothing."""
        if isinstance(condition, ConditionFieldEqualsValueExpression):
            if isinstance(condition.value, SigmaNull):
                return Verdict()
            return self.name(condition.field, [*around, condition])
        if not isinstance(condition, ConditionAND | ConditionOR):
            return Verdict()
        parts = [each for each in condition.args if each is not None]
        if isinstance(condition, ConditionOR):
            return _any([self.condition(each, around) for each in parts])
        beside = ([*around, *parts[:i], *parts[i + 1 :]] for i in range(len(parts)))
        return _all([self.condition(*each) for each in zip(parts, beside, strict=True)])

    def name(self, each: str, around: Sequence[Condition]) -> Verdict:
        """Judge a name without which nothing is found, among events that conditions are about."""
        source = self._source
        if each == "origin.expected" and not any(network.egress for network in self._site.networks):
            return Verdict("the site file declares no egress networks")
        if absent := never(source, each):
            return Verdict(f"{source.title} never logs {absent}: {source.capability.never[absent]}")
        if setting := unsure(source, each):
            whose = "no event"
            if self._layout.is_heavy_name(each):
                asked = setting if setting in self._layout.heavy_roots else each
                about = self._about(around)
                found = self._store.carried_in_full(source.name, asked, about)
                whose = "no event that it looks at" if about else whose
            else:
                found = self._store.carried(source.name, each)
            why = f"{whose} carries {setting}: {source.capability.conditional[setting]}"
            return _in_contexts(why, found)
        return Verdict()

    def _about(self, conditions: Iterable[Condition]) -> str | None:
        """Write what light fields say of events; ``None`` if that is nothing."""
        columns = Columns(self._source, self._layout.column)
        tests = (relaxed(each, columns, self._layout.is_light) for each in conditions)
        return " AND ".join(dict.fromkeys(test for test in tests if test)) or None


def _in_contexts(why: str, carried: dict[str | None, bool]) -> Verdict:
    """Judge by where something is carried; where nothing is about it, nothing is missing."""
    blind = sorted((context or "" for context, found in carried.items() if not found))
    if not blind or len(blind) == len(carried):
        return Verdict(why if blind else None)
    names = ", ".join(each or "records that name no cluster or device" for each in blind[:_NAMED])
    more = f" and {len(blind) - _NAMED:,} more" if len(blind) > _NAMED else ""
    return Verdict(gaps=(f"{names}{more}: {why}",))


def _all(verdicts: Sequence[Verdict]) -> Verdict:
    """All are needed."""
    undecidable = next((each.undecidable for each in verdicts if each.undecidable), None)
    return Verdict(undecidable, () if undecidable else _gaps(verdicts))


def _any(verdicts: Sequence[Verdict]) -> Verdict:
    """Each alone suffices; one that cannot be decided is a gap beside the others."""
    reasons = [each.undecidable for each in verdicts if each.undecidable]
    if verdicts and len(reasons) == len(verdicts):
        return Verdict(reasons[0])
    return Verdict(None, tuple(dict.fromkeys([*reasons, *_gaps(verdicts)])))


def _gaps(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(each.gaps for each in verdicts)))
