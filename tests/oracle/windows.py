"""Correlations decided naively: every group, every event, every combination of events.

Written from docs/rule-standard.md ("Kinds" and "Semantics in the embedded engine") and the Sigma
correlation specification. Times are seconds. A *firing* is a window that fulfils the rule: where it
begins, where it ends, and the number that was reached.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

QUIET = 24 * 3600
"""Firings of one group make one alert until it is quiet for longer than this."""


@dataclass(frozen=True)
class Event:
    """One record: its id, its time, the group and value it names, and what it matches."""

    id: str
    time: int
    group: str | None = "a"
    value: str | None = "v"
    steps: frozenset[int] = frozenset({0})
    """Numbers of the base rules that it matches."""


@dataclass(frozen=True)
class Firing:
    """A window that fulfils the rule."""

    start: int
    stop: int
    reached: int


@dataclass(frozen=True)
class Found:
    """What an alert says of one group."""

    group: str
    first: int
    last: int
    count: int
    reached: int


def groups(log: Iterable[Event], *, valued: bool = False) -> dict[str, list[Event]]:
    """Events that take part, by group: each id once, no null or empty group (or value)."""
    found: dict[str, dict[str, Event]] = {}
    for event in log:
        if event.steps and event.group and (event.value or not valued):
            found.setdefault(event.group, {}).setdefault(event.id, event)
    return {group: list(events.values()) for group, events in found.items()}


def counts(events: Sequence[Event], span: int, at_least: int) -> Iterator[Firing]:
    """``event_count``: at least so many events within the span, both edges included."""
    for last in events:
        reached = len(_window(events, last.time - span, last.time))
        if reached >= at_least:
            yield Firing(last.time - span, last.time, reached)


def value_counts(events: Sequence[Event], span: int, at_least: int) -> Iterator[Firing]:
    """``value_count``: at least so many different values within the span."""
    for last in events:
        reached = len({e.value for e in _window(events, last.time - span, last.time)})
        if reached >= at_least:
            yield Firing(last.time - span, last.time, reached)


def sequences(events: Sequence[Event], span: int, steps: int, *, ordered: bool) -> Iterator[Firing]:
    """``temporal`` and ``temporal_ordered``: a different event for each base rule, within the span.

    Equal times count as in order. For each end only the latest beginning is given.
    """
    latest: dict[int, int] = {}
    for chain in product(*([e for e in events if step in e.steps] for step in range(steps))):
        times = [event.time for event in chain]
        start, stop = min(times), max(times)
        different = len({event.id for event in chain}) == steps
        if different and stop - start <= span and (not ordered or times == sorted(times)):
            latest[stop] = max(start, latest.get(stop, start))
    for stop, start in latest.items():
        yield Firing(start, stop, steps)


def alerts(group: str, events: Sequence[Event], firings: Iterable[Firing]) -> Iterator[Found]:
    """Join firings that are not parted by a quiet day; count the events inside."""
    joined: list[Firing] = []
    for firing in sorted(firings, key=lambda f: (f.start, f.stop)):
        if joined and firing.start <= joined[-1].stop + QUIET:
            last = joined.pop()
            stop, reached = max(last.stop, firing.stop), max(last.reached, firing.reached)
            firing = Firing(last.start, stop, reached)
        joined.append(firing)
    for whole in joined:
        times = [event.time for event in _window(events, whole.start, whole.stop)]
        yield Found(group, min(times), max(times), len(times), whole.reached)


def _window(events: Sequence[Event], start: int, stop: int) -> list[Event]:
    return [event for event in events if start <= event.time <= stop]
