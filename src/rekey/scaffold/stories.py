"""What each stateful kind of rule waits for, told as raw records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from rekey.scaffold.acts import Acts, Line
from rekey.scaffold.sample import Sample

Lines = list[Line]
Telling = Callable[[Acts, timedelta], Lines]
"""Writes the records; the time is the span between the first and the last that matter."""

START: Final = timedelta()
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def _count(acts: Acts, span: timedelta) -> Lines:
    second = timedelta(seconds=1)
    return [acts.at(span * step // 4 // second * second) for step in range(5)]


def _fewer_than_count(acts: Acts) -> Lines:
    lines = _count(acts, timedelta(minutes=4))[:4]
    return [*lines, lines[-1]]


def _distinct(acts: Acts, span: timedelta) -> Lines:
    counted = acts.sample.counted
    first, second = counted.values
    return [
        acts.at(START, **{counted.field: first}),
        acts.at(span, **{counted.field: second}),
    ]


def _act_twice(acts: Acts) -> Lines:
    act = acts.at(START)
    return [act, act]


def _sequence(acts: Acts, span: timedelta) -> Lines:
    return [acts.earlier(START), acts.at(span)]


def _first_step_twice(acts: Acts) -> Lines:
    step = acts.earlier(START)
    return [step, step]


def _known_then_new(acts: Acts, step: str, days: int) -> Lines:
    novel = acts.sample.novel
    return [
        acts.every(step, 80, **{novel.field: novel.known}),
        acts.at(days * DAY, **{novel.field: novel.new}),
    ]


def _first_seen(acts: Acts, span: timedelta) -> Lines:
    return _known_then_new(acts, "6h", 20)


def _seen_again(acts: Acts, span: timedelta) -> Lines:
    """A value that was known, from two days, comes back after a while."""
    novel = acts.sample.novel
    return [
        acts.every("6h", 128, **{novel.field: novel.known}),
        *(
            acts.at(after, **{novel.field: novel.new})
            for after in (HOUR, DAY + HOUR, DAY + HOUR + span)
        ),
    ]


def _few_events_twice(acts: Acts) -> Lines:
    few, new = _known_then_new(acts, "6h", 20)
    few["rekey.repeat"] |= {"every": "12h", "times": 40}
    return [few, few, new]


def _dormant(acts: Acts, span: timedelta) -> Lines:
    return [acts.every("1d", 20), acts.at(19 * DAY + span)]


def _habit_twice(acts: Acts) -> Lines:
    habit = acts.every("1d", 20)
    return [habit, habit]


def _near_miss(sample: Sample) -> tuple[str, Any]:
    return next(iter(sample.misses.items()))


def _same_value(sample: Sample) -> tuple[str, Any]:
    return sample.counted.field, sample.counted.values[0]


def _known_value(sample: Sample) -> tuple[str, Any]:
    return sample.novel.field, sample.novel.known


@dataclass(frozen=True)
class Story:
    """One kind of rule."""

    tell: Telling
    usual: timedelta
    """A span that matches without doubt."""
    edge: timedelta
    edge_matches: bool
    at_edge: Telling
    repeated: Callable[[Acts], Lines]
    """Reaches the threshold only if records that came twice counted twice."""
    miss: Callable[[Sample], tuple[str, Any]]
    """The one field of the last act, and its value, with which the story does not match."""
    too_young: Callable[[Acts], Lines] | None = None
    """An identity that has not been watched for long enough."""
    needed: tuple[int, ...] = (-1,)
    """Positions of records without any of which the story does not match."""


def _one(acts: Acts, span: timedelta) -> Lines:
    return [acts.at(START)]


SINGLE: Final = Story(_one, START, START, True, _one, _act_twice, _near_miss)
"""A rule on single events: every such record is reported."""

STORIES: Final[Mapping[str, Story]] = {
    "count": Story(
        _count, timedelta(minutes=2), timedelta(minutes=10), True, _count, _fewer_than_count,
        _near_miss,
    ),
    "distinct": Story(
        _distinct, timedelta(minutes=2), timedelta(minutes=15), True, _distinct, _act_twice,
        _same_value,
    ),
    "sequence": Story(
        _sequence, timedelta(minutes=2), timedelta(minutes=10), True, _sequence,
        _first_step_twice, _near_miss, needed=(0, -1),
    ),
    "first-seen": Story(
        _first_seen, START, 30 * DAY, False, _seen_again, _few_events_twice, _known_value,
        lambda acts: _known_then_new(acts, "3h", 10),
    ),
    "dormant": Story(
        _dormant, 31 * DAY, 30 * DAY, False, _dormant, _habit_twice, _near_miss,
        lambda acts: [acts.at(START)],
    ),
}  # fmt: skip
