"""When a rule runs, and which time each run looks at.

A run at ``to`` looks at documents from ``from`` to ``to``, both inclusive; the next one follows an
``interval`` later (https://www.elastic.co/guide/en/security/8.19/rules-ui-create.html, *Set the
rule's schedule*: interval and additional look-back time). When the first run happens is up to the
moment at which somebody enabled the rule, so that a rule has to do its work at every phase.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.elastic.kibana.place import Seen
from tests.elastic.kibana.rule import Rule

PHASES: Final = (0.0, 1 / 3, 0.9)
"""Parts of the interval by which the schedule is shifted."""

_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

Members = tuple[tuple[int, ...], tuple[int, ...]]
"""Numbers of the documents that a run finds in its window, and in the history before it."""


def span(text: str) -> timedelta:
    """Read ``5m``, ``90s``, ``1h``, ``30d``.

    Raises:
        ValueError: anything else, such as months, whose length depends on the date.
    """
    found = re.fullmatch(r"(\d+)([smhdw])", text)
    if not found:
        raise ValueError(f"{text!r} is not a time span")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def back(text: str) -> timedelta:
    """Read how far ``now-90s`` lies back.

    Raises:
        ValueError: it is other date math, such as rounding.
    """
    if not text.startswith("now-"):
        raise ValueError(f"{text!r} is not now-<span>")
    return span(text.removeprefix("now-"))


@dataclass(frozen=True)
class Run:
    """One execution, over ``start`` to ``end``; new_terms compares with ``history`` to ``start``."""

    start: datetime
    end: datetime
    history: datetime | None = None

    def members(self, documents: Sequence[Seen]) -> Members:
        """Say which documents it finds: those that have come by then."""
        here = [(n, each.time) for n, each in enumerate(documents) if each.arrival <= self.end]
        old = self.history or self.start
        return (
            tuple(n for n, time in here if self.start <= time <= self.end),
            tuple(n for n, time in here if old <= time < self.start),
        )


@dataclass(frozen=True)
class Schedule:
    """How a rule runs once it is enabled."""

    interval: timedelta
    look_back: timedelta
    history: timedelta | None
    phase: float

    def runs_after(self, moments: Iterable[datetime], within: timedelta) -> Iterator[Run]:
        """Yield in order the runs that come at most ``within`` after a moment, each once."""
        ends: set[datetime] = set()
        for moment in moments:
            end = self._next(moment)
            while end - moment <= within:
                ends.add(end)
                end += self.interval
        for end in sorted(ends):
            yield self._run(end)

    def windows(self, documents: Sequence[Seen]) -> dict[Members, Run]:
        """Give the runs that find a document at least.

        Of runs that find the same ones, now and in their history, only the first is given: the rest
        would find the same.
        """
        found: dict[Members, Run] = {}
        ends: set[datetime] = set()
        for each in documents:
            end = self._next(each.arrival)
            while end - each.time <= self.look_back:
                ends.add(end)
                end += self.interval
        for end in sorted(ends):
            run = self._run(end)
            found.setdefault(run.members(documents), run)
        return found

    def _run(self, end: datetime) -> Run:
        return Run(end - self.look_back, end, end - self.history if self.history else None)

    def _next(self, time: datetime) -> datetime:
        """Give the first run at or after a time."""
        first = _EPOCH + self.interval * self.phase
        return first + -((first - time) // self.interval) * self.interval


@dataclass(frozen=True)
class Sliding(Schedule):
    """No schedule at all: a run the moment that an event happens, over an exact window."""

    def runs_after(self, moments: Iterable[datetime], within: timedelta) -> Iterator[Run]:
        """Yield a run for each moment."""
        for end in sorted(set(moments)):
            yield self._run(end)

    def windows(self, documents: Sequence[Seen]) -> dict[Members, Run]:
        """Give a run for each document."""
        runs = self.runs_after((each.time for each in documents), self.look_back)
        return {run.members(documents): run for run in runs}


def sliding(window: timedelta) -> Sliding:
    """Give the schedule that the compiled ones stand in for."""
    return Sliding(timedelta(seconds=1), window, None, 0.0)


def schedules(rule: Rule) -> list[Schedule]:
    """Give a rule's schedule at every phase."""
    history = back(rule.history_window_start) if rule.history_window_start else None
    return [Schedule(span(rule.interval), back(rule.start), history, phase) for phase in PHASES]
