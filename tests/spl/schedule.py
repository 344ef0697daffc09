"""When saved searches run, and what they look at.

https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf: ``cron_schedule``, and
``dispatch.earliest_time``, ``dispatch.latest_time``, ``dispatch.index_earliest`` and
``dispatch.index_latest``, which count from the scheduled time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cronsim import CronSim

from tests.spl.spans import relative

_FOREVER: Final = float("inf")


@dataclass(frozen=True)
class Range:
    """What a run looks at: events of this time, that were indexed in this time.

    The first moment of each is looked at, the last one is not.
    """

    earliest: float = -_FOREVER
    latest: float = _FOREVER
    index_earliest: float = -_FOREVER
    index_latest: float = _FOREVER

    def holds(self, time: float, indexed: float) -> bool:
        """Say whether an event of a time, indexed at another, is looked at."""
        return (
            self.earliest <= time < self.latest
            and self.index_earliest <= indexed < self.index_latest
        )


@dataclass(frozen=True)
class Schedule:
    """When a saved search runs, and its ranges as time modifiers; empty ones are open."""

    cron: str
    earliest: str
    latest: str
    index_earliest: str = ""
    index_latest: str = ""

    def at(self, now: float) -> Range:
        """What the run scheduled for a moment looks at."""
        return Range(
            relative(now, self.earliest),
            relative(now, self.latest),
            relative(now, self.index_earliest) if self.index_earliest else -_FOREVER,
            relative(now, self.index_latest) if self.index_latest else _FOREVER,
        )

    def over(self, events: Iterable[tuple[float, float]]) -> list[float]:
        """The moments, in order, of all runs that look at one of some events.

        Args:
            events: for each its time, and when it was indexed.
        """
        found: set[float] = set()
        for time, indexed in events:
            # What is not indexed yet cannot be found.
            for tick in CronSim(self.cron, datetime.fromtimestamp(indexed - 1, UTC)):
                now = tick.timestamp()
                looked_at = self.at(now)
                if looked_at.earliest > time or looked_at.index_earliest > indexed:
                    break
                if looked_at.holds(time, indexed):
                    found.add(now)
        return sorted(found)

    def between(self, start: float, end: float) -> list[float]:
        """The moments of all runs in a time."""
        found = []
        for tick in CronSim(self.cron, datetime.fromtimestamp(start, UTC)):
            if tick.timestamp() > end:
                break
            found.append(tick.timestamp())
        return found
