"""RK501 … RK507: the directives under ``x-rekey`` hold what a responder and a site need."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import Part, RuleFile, mapping
from rekey.converters.registry import has_field
from rekey.converters.rule import Directives, Evasion
from rekey.errors import RekeyError
from rekey.event import ROLES
from rekey.fixtures.provenance import Provenance, load_provenance

KNOBS: Final[Mapping[str, frozenset[str]]] = {
    "single": frozenset(),
    "event_count": frozenset({"timespan", "gte"}),
    "value_count": frozenset({"timespan", "gte"}),
    "temporal": frozenset({"timespan"}),
    "temporal_ordered": frozenset({"timespan"}),
    "first_seen": frozenset({"history", "maturity", "min_events"}),
    "dormant": frozenset({"gap", "factor"}),
}
"""Kind of rule → what a site file can change about it, besides level and enabled."""

SITE_KNOBS: Final = frozenset({"networks", "egress", "identities", "exclusions", "announced"})
"""Parts of a site file that any rule may point at as its knob."""


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Check the directives of the rule document."""
    part = rule.head
    try:
        directives = Directives.model_validate(part.data.get("x-rekey"))
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            where = ".".join(["x-rekey", *(str(step) for step in problem["loc"])])
            place = part.place("x-rekey", *problem["loc"])
            yield Finding("RK501", place, f"{where}: {problem['msg']}")
        return
    if directives.playbook not in context.playbooks:
        place = part.place("x-rekey", "playbook")
        yield Finding("RK502", place, f"there is no playbook {directives.playbook!r}")
    if directives.budget < 0:
        yield Finding("RK501", part.place("x-rekey", "budget"), "the budget is negative")
    yield from _entities(rule, directives)
    yield from _evasion(rule, directives, context)
    yield from _knobs(rule, directives)
    if not directives.lookalikes:
        yield Finding("RK506", part.place("x-rekey"), "names no lookalike")
    yield from _agreement(part, directives)


def _entities(rule: RuleFile, directives: Directives) -> Iterator[Finding]:
    part = rule.head
    if "actor" not in directives.entities:
        yield Finding("RK503", part.place("x-rekey", "entities"), "names no actor")
    for entity, name in directives.entities.items():
        place = part.place("x-rekey", "entities", entity)
        filled = [
            source for source in rule.sources if name in source.roles or has_field(source, name)
        ]
        if rule.sources and not filled and name not in ROLES:
            yield Finding("RK503", place, f"{name} is neither a role nor a field of the source")
        elif entity == "actor" and len(filled) < len(rule.sources):
            yield Finding("RK503", place, f"not every log source of the rule gives {name}")


def _evasion(rule: RuleFile, directives: Directives, context: Context) -> Iterator[Finding]:
    part = rule.head
    if not directives.evasion:
        yield Finding("RK504", part.place("x-rekey"), "names no evasion")
    for index, evasion in enumerate(directives.evasion):
        place = part.place("x-rekey", "evasion", index)
        if evasion.caught_by is None:
            if not (evasion.because or "").strip():
                yield Finding("RK504", place, "gives no reason why nothing catches this")
        elif evasion.caught_by not in context.rules:
            yield Finding("RK504", place, f"there is no rule {evasion.caught_by!r}")
        elif evasion.caught_by == rule.path:
            yield Finding("RK504", place, "is caught by the very rule that it slips past")
        if evasion.proof is not None and not _proves(rule, evasion, context):
            message = f"{evasion.proof} is no fixture that stays quiet and expects the other rule"
            yield Finding("RK504", place, message)


def _proves(rule: RuleFile, evasion: Evasion, context: Context) -> bool:
    """Tell whether the suite proves an evasion: that this rule is quiet and the other one fires."""
    told: dict[str, Provenance]
    try:
        told = load_provenance(context.fixture_folder(rule.file))
    except RekeyError:
        return True  # what is wrong there is a finding of its own
    entry = told.get(evasion.proof or "")
    return (
        entry is not None
        and not (evasion.proof or "").startswith("match")
        and evasion.caught_by in entry.expects
    )


def _knobs(rule: RuleFile, directives: Directives) -> Iterator[Finding]:
    place = rule.head.place("x-rekey", "knobs")
    known = KNOBS.get(rule.kind, frozenset())
    if known and not directives.knobs:
        yield Finding("RK505", place, f"a rule of kind {rule.kind} offers at least one knob")
    for knob in directives.knobs:
        if knob not in known | SITE_KNOBS:
            place = rule.head.place("x-rekey", "knobs", knob)
            hint = f"It may offer: {', '.join([*sorted(known), *sorted(SITE_KNOBS)])}."
            yield Finding("RK505", place, f"a rule of kind {rule.kind} has no knob {knob!r}", hint)


def _agreement(part: Part, directives: Directives) -> Iterator[Finding]:
    if directives.first_seen:
        yield from _agrees(part, "first_seen", "value_count", 2, directives.first_seen.history)
    if directives.dormant:
        yield from _agrees(part, "dormant", "event_count", 1, directives.dormant.gap)


def _agrees(part: Part, directive: str, kind: str, gte: int, span: str) -> Iterator[Finding]:
    correlation = part.correlation
    place = part.place("x-rekey", directive)
    if correlation.get("type") != kind:
        yield Finding("RK507", place, f"{directive} asks for a correlation of type {kind}")
    if mapping(correlation.get("condition")).get("gte") != gte:
        yield Finding("RK507", place, f"{directive} asks for a threshold of gte {gte}")
    if correlation.get("timespan") != span:
        yield Finding("RK507", place, f"{directive} says {span}, the timespan says otherwise")
