"""The steps of a timeline as a page lists them: folded where alike, with their raw records."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from rekey.alert import Level
from rekey.case import Step
from rekey.report.chain import is_minting
from rekey.report.findings import Findings, by_level, label, note
from rekey.report.raw_json import pretty
from rekey.report.words import day, in_utc, plural

FOLD_FROM: Final = 8
"""So many steps of one sort in a row are folded into one line."""
_SHOWN_OF_FOLD: Final = 400
RAW_BUDGET: Final = 4_000_000
"""Characters of raw records on one page; the JSON report has them all."""
STEPS: Final = 4_000
"""Steps on one page."""


@dataclass(frozen=True)
class Mark:
    """Findings of one level that a step belongs to."""

    level: Level
    label: str
    note: str


@dataclass(frozen=True)
class StepView:
    """One step.

    ``date`` is set where the day changes, ``raw`` where the log has the record and the page room.
    """

    step: Step
    number: int
    date: str
    marks: tuple[Mark, ...]
    minting: bool
    raw: str | None


@dataclass(frozen=True)
class Run:
    """Steps in a row, up to ``until``; of folded ones, ``left_out`` are not listed.

    ``summary`` is empty where they are not folded.
    """

    steps: tuple[StepView, ...]
    until: datetime
    summary: str = ""
    left_out: int = 0


def telling(steps: Sequence[Step], findings: Findings, most: int) -> tuple[Step, ...]:
    """Choose steps to list, in the order given: each finding's first ones, mints, then the rest.

    Args:
        steps: the timeline of a case.
        findings: the findings of the case.
        most: so many are chosen.
    """
    seen: Counter[int] = Counter()
    ranked: list[tuple[int, int]] = []
    for place, step in enumerate(steps):
        own = [finding.number for finding in findings.of(step.alerts)]
        before = min((seen[number] for number in own), default=0)
        seen.update(own)
        rank = before if step.role == "alert" else 0 if step.role == "mint" else len(steps)
        ranked.append((rank, place))
    chosen = sorted(place for _, place in sorted(ranked)[:most])
    return tuple(steps[place] for place in chosen)


def runs(
    steps: Sequence[Step], findings: Findings, minting: frozenset[str], budget: int
) -> list[Run]:
    """List the steps in order of time, folding long runs of one sort.

    Args:
        steps: the timeline of a case.
        findings: the findings of the case.
        minting: ids of the events that issued a credential of the case.
        budget: characters of raw records to give out.
    """
    ordered = sorted(steps, key=lambda step: in_utc(step.time))
    raw = _raw_texts(ordered, budget)
    dates = [day(step.time) for step in ordered]
    views = [
        StepView(
            step=step,
            number=place + 1,
            date=dates[place] if place == 0 or dates[place] != dates[place - 1] else "",
            marks=_marks(step, findings),
            minting=is_minting(step, minting),
            raw=raw[place],
        )
        for place, step in enumerate(ordered)
    ]
    found: list[Run] = []
    for _, group in groupby(views, key=_sort):
        own = tuple(group)
        until = max((view.step.until or view.step.time for view in own), key=in_utc)
        if len(own) >= FOLD_FROM:
            left_out = max(0, len(own) - _SHOWN_OF_FOLD)
            found.append(Run(own[:_SHOWN_OF_FOLD], until, _summary(own), left_out))
        elif found and not found[-1].summary:
            found[-1] = Run(found[-1].steps + own, until)
        else:
            found.append(Run(own, until))
    return found


def _sort(view: StepView) -> tuple[str, ...]:
    """What makes steps alike: all context is; alerts and mints are if they did the same."""
    if view.step.role == "context" and not view.minting:
        return ("context",)
    return (str(view.minting), view.step.action or "", *(mark.label for mark in view.marks))


def _marks(step: Step, findings: Findings) -> tuple[Mark, ...]:
    return tuple(
        Mark(level, label(own), note(own)) for level, own in by_level(findings.of(step.alerts))
    )


def _summary(views: Sequence[StepView]) -> str:
    """Say what a folded run holds."""
    acts = sum(view.step.count for view in views)
    sources = ", ".join(sorted({view.step.source for view in views}))
    if views[0].step.role == "context":
        return f"{plural(acts, 'other act')} in {sources}"
    return f"{views[0].step.action or 'unnamed act'} × {acts:,} in {sources}"


def _raw_texts(steps: Sequence[Step], budget: int) -> list[str | None]:
    """Print raw records as far as the budget goes: those of alerts and mints before context."""
    texts: list[str | None] = [None] * len(steps)
    for context in (False, True):
        for place, step in enumerate(steps):
            if step.raw is None or (step.role == "context") is not context:
                continue
            text = pretty(step.raw)
            if len(text) <= budget:
                texts[place] = text
                budget -= len(text)
    return texts
