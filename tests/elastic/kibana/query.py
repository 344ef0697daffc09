"""Custom query rules: each document that the query selects is an alert.

https://www.elastic.co/docs/solutions/security/detect-and-alert/custom-query
"""

from collections.abc import Iterator
from datetime import datetime

from tests.elastic.kibana.arrival import Lateness
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule


class Query:
    """A custom query: what it selects does not depend on the run, only whether a run looks there."""

    def __init__(self, rule: Rule, place: Place) -> None:
        self._selected = place.matching(rule)

    def alerts(
        self, schedule: Schedule, lateness: Lateness | None, *, sparing: bool = False
    ) -> Iterator[datetime]:
        """Give the runs that find a document."""
        for (now, _), run in schedule.windows(self._selected[lateness]).items():
            if now:
                yield run.end
