"""Where a moment lies on the time axis. Long quiet stretches are cut, so that bursts stay legible."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from rekey.report.words import clock, day, duration, in_utc

CUT_WIDTH: Final = 44
"""Width of a cut in the axis, enough for its break mark and label."""
_CUT_SHARE: Final = 0.2
"""A gap that would take more than this share of the uncut axis is cut."""
_CUT_TIMES: Final = 8
"""And only if it is so many times longer than the median gap: sparse acts need no cuts."""
_CUT_LEAST: Final = timedelta(minutes=2)
_CUTS_AT_MOST: Final = 6
_LABEL_WIDTH: Final = 60
_STEPS: Final = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800)
"""Distances between ticks in seconds; the last one is doubled where it is still too short."""


@dataclass(frozen=True)
class Stretch:
    """A part of the axis with one scale, from ``start`` at ``left`` to ``end`` at ``right``."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, time: datetime) -> float:
        """Place a moment of this stretch."""
        length = (self.end - self.start).total_seconds()
        share = (time - self.start).total_seconds() / length if length else 0.5
        return self.left + share * (self.right - self.left)


@dataclass(frozen=True)
class Cut:
    """A quiet time that the axis leaves out."""

    left: float
    right: float
    length: str


@dataclass(frozen=True)
class Tick:
    """A labelled moment; ``date`` is set where the day differs from the tick before."""

    x: float
    label: str
    date: str


@dataclass(frozen=True)
class TimeScale:
    """The whole axis, stretches and cuts from left to right."""

    stretches: tuple[Stretch, ...]
    cuts: tuple[Cut, ...]

    def x(self, time: datetime) -> float:
        """Place a moment; one outside the scale goes to the nearest end."""
        time = in_utc(time)
        for stretch in self.stretches:
            if time <= stretch.end:
                return stretch.x(max(time, stretch.start))
        return self.stretches[-1].right

    def ticks(self) -> tuple[Tick, ...]:
        """Label each stretch at its beginning and at round times, as far as there is room."""
        ticks: list[Tick] = []
        dated = ""
        for stretch in self.stretches:
            for time in _round_times(stretch):
                x = stretch.x(time)
                if not ticks or x - ticks[-1].x >= _LABEL_WIDTH:
                    ticks.append(Tick(x, clock(time), "" if day(time) == dated else day(time)))
                    dated = day(time)
        return tuple(ticks)


def scale(times: Iterable[datetime], left: float, right: float) -> TimeScale:
    """Lay the axis for these moments (at least one) between two x coordinates."""
    moments = sorted({in_utc(time) for time in times})
    cut = _quiet(moments)
    edges = [moments[0]]
    for before, after in sorted(cut):
        edges += [before, after]
    edges.append(moments[-1])
    spans = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    return _lay(spans, _weights(spans, moments), left, right)


def _quiet(moments: list[datetime]) -> set[tuple[datetime, datetime]]:
    """Choose the gaps to cut, the longest first, until none dominates what is left."""
    gaps = sorted(pairwise(moments), key=lambda gap: gap[1] - gap[0], reverse=True)
    median = gaps[len(gaps) // 2][1] - gaps[len(gaps) // 2][0] if gaps else timedelta()
    left = moments[-1] - moments[0]
    cut: set[tuple[datetime, datetime]] = set()
    for before, after in gaps[:_CUTS_AT_MOST]:
        length = after - before
        if length <= max(_CUT_LEAST, _CUT_SHARE * left, _CUT_TIMES * median):
            break
        cut.add((before, after))
        left -= length
    return cut


def _weights(spans: list[tuple[datetime, datetime]], moments: list[datetime]) -> list[float]:
    """Share the width among stretches, by their length and by what happened in them; sum 1."""
    total = sum((end - start).total_seconds() for start, end in spans)
    weights = []
    for start, end in spans:
        even = 1 / len(spans)
        length = (end - start).total_seconds() / total if total else even
        busy = sum(start <= moment <= end for moment in moments) / len(moments)
        weights.append(0.1 * even + 0.45 * length + 0.45 * busy)
    return weights


def _lay(
    spans: list[tuple[datetime, datetime]], weights: list[float], left: float, right: float
) -> TimeScale:
    """Place the stretches side by side with the cuts between them."""
    room = right - left - CUT_WIDTH * (len(spans) - 1)
    stretches: list[Stretch] = []
    cuts: list[Cut] = []
    x = left
    for (start, end), weight in zip(spans, weights, strict=True):
        if stretches:
            cuts.append(Cut(x, x + CUT_WIDTH, duration(start - stretches[-1].end)))
            x += CUT_WIDTH
        stretches.append(Stretch(start, end, x, x + room * weight))
        x += room * weight
    return TimeScale(tuple(stretches), tuple(cuts))


def _round_times(stretch: Stretch) -> Iterator[datetime]:
    """Yield the beginning of a stretch, then the round times in it, as far apart as labels are."""
    yield stretch.start
    seconds = (stretch.end - stretch.start).total_seconds()
    labels = max(1, int((stretch.right - stretch.left) / (_LABEL_WIDTH * 1.4)))
    step = next((step for step in _STEPS if seconds / step <= labels), _STEPS[-1])
    while seconds / step > labels:
        step *= 2
    at = stretch.start.timestamp() // step * step + step
    while at <= stretch.end.timestamp():
        yield datetime.fromtimestamp(at, UTC)
        at += step
