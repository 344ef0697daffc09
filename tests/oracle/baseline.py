"""First seen and dormant, decided naively.

Written from docs/rule-standard.md ("Semantics in the embedded engine"). Times are seconds, days are
UTC; a value fires at most once a day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.oracle.windows import Event

DAY = 86_400


@dataclass(frozen=True)
class Fired:
    """What fired for one group: the new value (or none) and the event with which it did."""

    group: str
    value: str | None
    time: int


@dataclass(frozen=True)
class _Sighting:
    """A value on one day."""

    first: int
    last: int
    new: bool


def first_seen(
    group: str, events: Sequence[Event], requests: Sequence[Event],
    history: int, maturity: int, min_events: int, ordinary: Sequence[str] = (),
) -> Iterator[Fired]:  # fmt: skip
    """A mature identity uses a value that it had not used for so long; all its requests mature it."""
    born = min(event.time for event in requests)
    for value in {event.value for event in events}:
        seen: list[_Sighting] = []
        for day in sorted({e.time // DAY for e in events if e.value == value}):
            times = [e.time for e in events if e.value == value and e.time // DAY == day]
            first = min(times)
            watched = sum(e.time // DAY < day for e in requests)
            mature = first - born >= maturity and watched >= min_events
            known = [s for s in seen if first - s.last <= history]
            new = mature and not known and value not in ordinary
            one_burst = len(known) == 1 and known[0].new
            seen.append(_Sighting(first, max(times), new))
            if new or one_burst:
                yield Fired(group, value, first)


def dormant(group: str, events: Sequence[Event], gap: int, factor: float) -> Iterator[Fired]:
    """The first event after a silence longer than ``gap`` and than so many times any before."""
    times = sorted({event.time for event in events})
    longest = 0
    for before, after in pairwise(times):
        silence = after - before
        if silence > gap and silence > factor * longest:
            yield Fired(group, None, after)
        longest = max(longest, silence)
