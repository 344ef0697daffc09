"""The whole report, made ready for the templates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from rekey.alert import LEVELS, Alert, RawEvent, RuleRef
from rekey.case import Investigation, NotEvaluable
from rekey.report.case_view import CaseView, view
from rekey.report.coverage import Coverage, coverage
from rekey.report.overview import Subject, in_full, subjects
from rekey.report.raw_json import pretty
from rekey.report.steps import RAW_BUDGET, STEPS
from rekey.report.words import in_utc, plural, size

IN_FULL = 40
"""Cases that are told in full; of others it is said whom they are about, and since when."""
MANY = 12
"""With more cases than this, the page begins with whom they are about."""

_SAMPLES = 3
_GROUPS_WITH_RAW = 40


@dataclass(frozen=True)
class Figure:
    """A number of the header, what it counts, and what it says beyond."""

    number: str
    label: str
    note: str


@dataclass(frozen=True)
class RawView:
    """A raw record and where it was found."""

    event: RawEvent
    text: str


@dataclass(frozen=True)
class AlertGroup:
    """The alerts of one rule that opened no case, and a few of their raw records."""

    rule: RuleRef
    alerts: tuple[Alert, ...]
    samples: tuple[RawView, ...]


@dataclass(frozen=True)
class Unanswered:
    """Questions that the logs could not answer for one reason."""

    reason: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class PageView:
    """Everything that the page shows.

    Attributes:
        subjects: whom the cases are about, where they are many.
        cases: those that are told in full.
        further: the others, by the identity that they begin with.
    """

    found: Investigation
    figures: tuple[Figure, ...]
    subjects: tuple[Subject, ...]
    cases: tuple[CaseView, ...]
    further: tuple[Subject, ...]
    other: tuple[AlertGroup, ...]
    coverage: tuple[Coverage, ...]
    unanswered: tuple[Unanswered, ...]


def prepare(found: Investigation) -> PageView:
    """Prepare a report for the page."""
    told = in_full(found.cases, IN_FULL)
    budget, most = (whole // max(1, len(told)) for whole in (RAW_BUDGET, STEPS))
    return PageView(
        found=found,
        figures=figures(found),
        subjects=subjects(found.cases) if len(found.cases) > MANY else (),
        cases=tuple(view(found.cases[place - 1], place, budget, most) for place in sorted(told)),
        further=subjects(found.cases, without=told),
        other=groups(found.other_alerts),
        coverage=tuple(coverage(source, found.time_range) for source in found.readiness),
        unanswered=unanswered(found.not_evaluable),
    )


def figures(found: Investigation) -> tuple[Figure, ...]:
    """Count what a reader asks for first."""
    raised = sum(len(case.alerts) for case in found.cases)
    alerts = raised + len(found.other_alerts)
    events = sum(file.events for file in found.inputs)
    read = f"{plural(len(found.inputs), 'file')}, {size(sum(file.size for file in found.inputs))}"
    rejected = sum(found.rejected.values())
    present = sum(source.present for source in found.readiness)
    gaps = sum(len(source.gaps) for source in found.readiness)
    reasons = len({question.reason for question in found.not_evaluable})
    return (
        _figure(len(found.cases), "case", f"{plural(found.rules, 'rule')} ran"),
        _figure(alerts, "alert", f"{raised:,} in cases"),
        _figure(events, "event", read),
        _figure(rejected, "rejected record", plural(len(found.rejected), "reason")),
        Figure(f"{present}/{len(found.readiness)}", "log sources", plural(gaps, "gap")),
        Figure(f"{len(found.not_evaluable):,}", "not evaluable", plural(reasons, "reason")),
    )


def _figure(count: int, noun: str, note: str) -> Figure:
    return Figure(f"{count:,}", plural(count, noun).partition(" ")[2], note)


def groups(alerts: Iterable[Alert]) -> tuple[AlertGroup, ...]:
    """Group alerts by rule, the worst level first, then the rule that fired most."""
    by_rule: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_rule.setdefault(alert.rule.path, []).append(alert)
    ordered = sorted(by_rule.values(), key=_group_weight)
    return tuple(
        AlertGroup(
            own[0].rule,
            tuple(sorted(own, key=lambda alert: (in_utc(alert.first), alert.id))),
            _samples(own) if place < _GROUPS_WITH_RAW else (),
        )
        for place, own in enumerate(ordered)
    )


def _group_weight(alerts: Sequence[Alert]) -> tuple[int, int, str]:
    return -LEVELS.index(alerts[0].rule.level), -len(alerts), alerts[0].rule.path


def _samples(alerts: Sequence[Alert]) -> tuple[RawView, ...]:
    events = (event for alert in alerts for event in alert.events)
    return tuple(RawView(event, pretty(event.document)) for event in islice(events, _SAMPLES))


def unanswered(questions: Iterable[NotEvaluable]) -> tuple[Unanswered, ...]:
    """Group what could not be answered by reason, the most frequent reason first."""
    by_reason: dict[str, list[str]] = {}
    for question in questions:
        by_reason.setdefault(question.reason, []).append(question.what)
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Unanswered(reason, tuple(whats)) for reason, whats in ordered)
