"""When the scheduler starts a run.

https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf, ``realtime_schedule``: a
continuous search is never skipped, but "might fall behind depending on the scheduler's load". One
search runs in the order of its schedule (``max_concurrent`` is 1).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Lateness:
    """How late runs are started.

    Attributes:
        seconds: so long after their time.
        outage: and the scheduler works only once in so many seconds, and then makes up for all that
            it missed; 0 for a scheduler that works all the time.
    """

    seconds: float = 0
    outage: float = 0

    def start(self, scheduled: float) -> float:
        """The moment at which the run for a scheduled time is started."""
        ready = scheduled + self.seconds
        return math.ceil(ready / self.outage) * self.outage if self.outage else ready


ON_TIME = Lateness()
