"""Does a rule's part of the app fire on a fixture, under everything that may vary?

What varies: the reading of the documentation, how late events are indexed and how long they stay
unseen after that, how late the scheduler starts each of the searches (nothing orders two of them),
and, for rules that learn, whether they watched all of the history or were installed and seeded
shortly before the end.
"""

from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.spl.app import App, RuleSearches, SavedSearch
from tests.spl.lateness import ON_TIME, Lateness
from tests.spl.lookups import Lookups
from tests.spl.reading import FIRST, SECOND, Reading
from tests.spl.schedule import Range
from tests.spl.search import Event, Kept, Search, indexed_at, time_of
from tests.spl.values import Row

_SOON: Final = 2400
"""Seconds after indexing in which every run counts: more than three turns of a schedule."""


@dataclass(frozen=True)
class Conditions:
    """One way in which things may go.

    Attributes:
        reading: how the documentation is read.
        delay: how many seconds after its time an event is indexed.
        unseen: how many seconds after that a search finds it
            (limits.conf, ``indexed_realtime_disk_sync_delay``).
        detector: when the detector's runs are started.
        learner: when those of the learner, and of pruning, are started.
        learner_first: of runs that are started at the same moment the learner's come first.
    """

    reading: Reading
    delay: float = 0
    unseen: float = 0
    detector: Lateness = ON_TIME
    learner: Lateness = ON_TIME
    learner_first: bool = False


_HOUR: Final = 3600

CONDITIONS: Final = (
    Conditions(FIRST),
    Conditions(SECOND, delay=227, unseen=45, detector=Lateness(70), learner=Lateness(20)),
    Conditions(FIRST, delay=47 * 60, unseen=300),
    Conditions(SECOND, unseen=30, detector=Lateness(3 * _HOUR)),
    Conditions(FIRST, unseen=59, learner=Lateness(2 * _HOUR)),
    Conditions(
        FIRST,
        detector=Lateness(outage=6 * _HOUR),
        learner=Lateness(outage=6 * _HOUR),
        learner_first=True,
    ),
)


@dataclass(frozen=True)
class Run:
    """A run of a search: when it was meant to start, and when it did."""

    search: SavedSearch
    scheduled: float
    started: float


def results(app: App, rule: str, events: Sequence[Row], conditions: Conditions) -> Iterator[Row]:
    """Give what a rule's detector finds, run after run (see :class:`Installed`)."""
    for _, found in Installed(app, rule, events, conditions).detections():
        yield from found


class Installed:
    """A rule's searches in an app, over an index.

    Args:
        app: the app.
        rule: path of the rule.
        events: the events of its log sources.
        conditions: how things go.
        seeded: when the rule was installed and seeded; ``None``: before all events.
        kept: what other installations of the rule, over the same rows, have made of them.
        watched: since when the detector runs, which writes nothing; the learner always does.
    """

    def __init__(
        self,
        app: App,
        rule: str,
        events: Sequence[Row],
        conditions: Conditions,
        seeded: float | None = None,
        kept: Kept | None = None,
        watched: float = float("-inf"),
    ) -> None:
        self.searches: RuleSearches = app.rules[rule]
        self.conditions = conditions
        indexed = [_indexed(event, conditions.delay) for event in events]
        self._indexed = sorted(indexed, key=indexed_at)
        self._arrivals = [indexed_at(event) for event in self._indexed]
        self._kept: Kept = {} if kept is None else kept
        self._lookups: Lookups = app.lookups()
        self._watched = watched
        self._since = seeded if seeded is not None else float("-inf")
        if seeded is not None:
            assert self.searches.seed is not None
            self.run(Run(self.searches.seed, seeded, seeded))

    def fires(self) -> bool:
        """Say whether the rule finds anything."""
        return any(found for _, found in self.detections())

    def detections(self) -> Iterator[tuple[Run, list[Row]]]:
        """Run all searches as their schedules say, and give what each run of the detector finds."""
        for run in self._runs():
            found = self.run(run)
            if run.search is self.searches.detect:
                yield run, found

    def learned(self) -> dict[str, list[Row]]:
        """What stands in the collections that hold anything."""
        tables = self._lookups.tables.values()
        return {t.name: sorted(t.rows, key=str) for t in tables if t.keyed and t.rows}

    def run(self, run: Run, *, idle: bool = False) -> list[Row]:
        """Run one search once; its ranges of time count from the scheduled time.

        Args:
            run: the run.
            idle: run it although there is no event for it.
        """
        looked_at = run.search.schedule.at(run.scheduled)
        # An event that is indexed later, or was not long ago, is not found yet.
        latest = min(looked_at.index_latest, run.started - self.conditions.unseen)
        visible = Range(looked_at.earliest, looked_at.latest, looked_at.index_earliest, latest)
        begin = bisect_left(self._arrivals, visible.index_earliest)
        events = self._indexed[begin : bisect_left(self._arrivals, latest)]
        if not events and not idle and run.search in (self.searches.detect, self.searches.learn):
            return []  # as test_lateness.py shows
        reading = self.conditions.reading
        now = run.scheduled if reading.now_is_scheduled else run.started
        job = Search(events, reading, now, visible, self._lookups, kept=self._kept)
        return job.run_expanded(run.search.text)

    def _runs(self) -> list[Run]:
        """All runs in the order in which they are started."""
        searches = self.searches
        times = [(time_of(event), indexed_at(event)) for event in self._indexed]
        pending = [time for time in times if time[1] >= self._since]
        detections = _telling(searches.detect.schedule.over(pending), [at for _, at in pending])
        found = [self._late(searches.detect, now) for now in detections if now >= self._watched]
        if searches.learn is not None:
            # Each run would be one of thousands that see nothing.
            found += [
                self._late(searches.learn, at) for at in searches.learn.schedule.over(pending)
            ]
            start = min(run.scheduled for run in found)
            end = max(run.scheduled for run in found)
            for search in searches.prune:
                found += [self._late(search, now) for now in search.schedule.between(start, end)]
        return sorted(found, key=self._place)

    def _late(self, search: SavedSearch, scheduled: float) -> Run:
        detects = search is self.searches.detect
        lateness = self.conditions.detector if detects else self.conditions.learner
        return Run(search, scheduled, lateness.start(scheduled))

    def _place(self, run: Run) -> tuple[float, bool, float, bool]:
        """One search runs in order; pruning comes last."""
        detects = run.search is self.searches.detect
        second = detects if self.conditions.learner_first else not detects
        return run.started, second, run.scheduled, run.search in self.searches.prune


def _indexed(event: Row, delay: float) -> Event:
    found = Event(event, _indextime=time_of(event) + delay)
    found.origin = id(event)
    return found


def _telling(runs: Sequence[float], indexed: Sequence[float]) -> list[float]:
    """Runs soon after something was indexed, and every seventh of those that see nothing new."""
    arrivals = sorted(set(indexed))
    return [
        now
        for number, now in enumerate(runs)
        if number % 7 == 0 or bisect(arrivals, now - _SOON) < bisect(arrivals, now)
    ]
