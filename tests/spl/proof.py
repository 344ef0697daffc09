"""Does a rule's part of the app fire on a fixture, under everything that may vary?

What varies: the reading of the documentation, how late events are indexed, how late the scheduler
starts a search, and, for rules that learn, whether they watched all of the history or were
installed and seeded shortly before the end.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.spl.app import App, RuleSearches, SavedSearch
from tests.spl.lookups import Lookups
from tests.spl.reading import FIRST, SECOND, Reading
from tests.spl.schedule import Range
from tests.spl.search import Search, indexed_at, time_of
from tests.spl.values import Row

_SOON: Final = 1500
"""Seconds after indexing in which every run counts: more than two turns of a schedule."""


@dataclass(frozen=True)
class Conditions:
    """One way in which things may go.

    Attributes:
        reading: how the documentation is read.
        delay: how many seconds after its time an event is indexed.
        lateness: how many seconds after its scheduled time a search is started; ranges of time
            count from the scheduled time, ``now()`` is the start.
    """

    reading: Reading
    delay: float
    lateness: float


CONDITIONS: Final = (
    Conditions(FIRST, delay=0, lateness=0),
    Conditions(SECOND, delay=227, lateness=70),
    Conditions(FIRST, delay=47 * 60, lateness=0),
)


def fires(
    app: App, rule: str, events: Sequence[Row], conditions: Conditions, seeded: float | None = None
) -> bool:
    """Say whether a rule finds anything (see :func:`results`)."""
    return any(True for _ in results(app, rule, events, conditions, seeded))


def results(
    app: App, rule: str, events: Sequence[Row], conditions: Conditions, seeded: float | None = None
) -> Iterator[Row]:
    """Run all searches of a rule over events, as their schedules say.

    Args:
        app: the app.
        rule: path of the rule.
        events: the events of its log sources.
        conditions: how things go.
        seeded: when the rule was installed and seeded; ``None``: before all events.

    Yields:
        What its detector finds, run after run.
    """
    searches = app.rules[rule]
    indexed: list[Row] = [{**e, "_indextime": time_of(e) + conditions.delay} for e in events]
    lookups = app.lookups()
    if seeded is not None:
        assert searches.seed is not None
        _run(searches.seed, seeded, indexed, conditions, lookups)
    since = seeded if seeded is not None else float("-inf")
    for now, search in _runs(searches, indexed, since):
        found = _run(search, now, indexed, conditions, lookups)
        if search is searches.detect:
            yield from found


def _runs(
    searches: RuleSearches, indexed: Sequence[Row], since: float
) -> Iterator[tuple[float, SavedSearch]]:
    """All runs in their order, and at the same moment the detector first."""
    times = [(time_of(event), indexed_at(event)) for event in indexed]
    pending = [time for time in times if time[1] >= since]
    detections = _telling(searches.detect.schedule.over(pending), [at for _, at in pending])
    found = [(now, 0, searches.detect) for now in detections]
    if searches.learn is not None:
        # Each run would be one of thousands that see nothing.
        found += [(now, 1, searches.learn) for now in searches.learn.schedule.over(pending)]
        start, end = min(found)[0], max(found)[0]
        for search in searches.prune:
            found += [(now, 2, search) for now in search.schedule.between(start, end)]
    for now, _, search in sorted(found, key=lambda run: run[:2]):
        yield now, search


def _telling(runs: Sequence[float], indexed: Sequence[float]) -> list[float]:
    """Runs soon after something was indexed, and every seventh of those that see nothing new."""
    arrivals = sorted(set(indexed))
    return [
        now
        for number, now in enumerate(runs)
        if number % 7 == 0 or bisect(arrivals, now - _SOON) < bisect(arrivals, now)
    ]


def _run(
    search: SavedSearch,
    now: float,
    indexed: Sequence[Row],
    conditions: Conditions,
    lookups: Lookups,
) -> list[Row]:
    looked_at = search.schedule.at(now)
    # An event that is indexed later is not there yet.
    there = Range(
        looked_at.earliest,
        looked_at.latest,
        looked_at.index_earliest,
        min(looked_at.index_latest, now + conditions.lateness),
    )
    run = Search(indexed, conditions.reading, now + conditions.lateness, there, lookups)
    return run.run_expanded(search.text)
