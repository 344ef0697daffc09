"""The marks of one lane of the timeline picture, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from rekey.alert import Level
from rekey.case import Step
from rekey.report.findings import Finding, Findings, label, note, pill_width, worst
from rekey.report.time_scale import TimeScale
from rekey.report.words import plural, when

_BIN: Final = 5
"""Acts that are closer than this share one bar."""
_RING_BIN: Final = 15
_ROWS_AT_MOST: Final = 4


@dataclass(frozen=True)
class Bar:
    """Acts at one place of the ground line; ``level`` is set where they belong to alerts.

    ``until`` is the place of the last of them.
    """

    x: float
    until: float
    height: float
    level: Level | None
    note: str


@dataclass(frozen=True)
class Ring:
    """A minted credential, or several at one place."""

    x: float
    count: int
    note: str


@dataclass(frozen=True)
class Flag:
    """The beginning of a finding, or of several; ``row`` counts upward from 0."""

    x: float
    row: int
    width: float
    level: Level
    label: str
    note: str


def bars(steps: Sequence[Step], axis: TimeScale, findings: Findings) -> tuple[Bar, ...]:
    """Draw acts as bars, higher where many fall together; those of alerts stand in front."""
    made: list[Bar] = []
    for raised in (False, True):
        own = [step for step in steps if bool(step.alerts) is raised and step.role != "mint"]
        for group in _near(own, axis, _BIN):
            count = sum(step.count for step in group)
            level = worst(findings.of(id for step in group for id in step.alerts))
            told = f"{when(group[0].time)}, {plural(count, 'act')}: {_actions(group)}"
            height = min(20.0, 7 + 2.2 * log2(count))
            until = max(axis.x(step.until or step.time) for step in group)
            made.append(Bar(axis.x(group[0].time), until, height, level, told))
    return tuple(made)


def rings(steps: Sequence[Step], axis: TimeScale) -> tuple[Ring, ...]:
    """Draw acts that issued a credential as rings."""
    return tuple(
        Ring(
            axis.x(group[0].time),
            sum(step.count for step in group),
            f"{when(group[0].time)}, credential issued: {_actions(group)}",
        )
        for group in _near(steps, axis, _RING_BIN)
    )


def flags(steps: Sequence[Step], axis: TimeScale, findings: Findings) -> tuple[Flag, ...]:
    """Draw each finding once, where it begins; marks that would overlap go up a row or join."""
    rows: list[list[tuple[float, list[Finding]]]] = []
    marked: set[int] = set()
    for step in steps:
        fresh = [found for found in findings.of(step.alerts) if found.number not in marked]
        if fresh:
            marked.update(found.number for found in fresh)
            _stack(rows, axis.x(step.time), fresh)
    return tuple(
        Flag(x, row, pill_width(label(own)), level, label(own), note(own))
        for row, places in enumerate(rows)
        for x, own in places
        if (level := worst(own))
    )


def _stack(rows: list[list[tuple[float, list[Finding]]]], x: float, fresh: list[Finding]) -> None:
    """Put a mark in the lowest row that has room; the lowest row's last mark takes what is left."""
    for row in rows:
        last_x, last = row[-1]
        if x - last_x >= pill_width(label(last)) + 2:
            row.append((x, fresh))
            return
    if len(rows) < _ROWS_AT_MOST:
        rows.append([(x, fresh)])
    else:
        rows[0][-1][1].extend(fresh)


def _near(steps: Sequence[Step], axis: TimeScale, distance: float) -> list[list[Step]]:
    """Group acts, given in order of time, that would be drawn over each other."""
    groups: list[list[Step]] = []
    start = 0.0
    for step in steps:
        x = axis.x(step.time)
        if groups and x - start < distance:
            groups[-1].append(step)
        else:
            groups.append([step])
            start = x
    return groups


def _actions(steps: Sequence[Step]) -> str:
    """Name the different actions of a group, up to three."""
    names = list(dict.fromkeys(step.action or "unnamed act" for step in steps))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
