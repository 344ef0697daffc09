"""One rule over the documents of one fixture."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from tests.elastic.kibana.arrival import Lateness
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule


class Execution(Protocol):
    """A rule of some type where documents lie; remembers what it has asked the server already.

    Two runs that find the same documents, and to which the rule's clock shows the same, find the same.
    So the server is asked once for all phases and arrivals in which that happens.
    """

    def __init__(self, rule: Rule, place: Place) -> None:
        """Look at what is there."""
        ...

    def alerts(
        self, schedule: Schedule, lateness: Lateness | None, *, sparing: bool = False
    ) -> Iterator[datetime]:
        """Give the runs that alert.

        Args:
            schedule: when the rule runs.
            lateness: when documents come; ``None``: as they happen.
            sparing: where each run costs a query, try those after the first and the last documents
                alone. For rules that are to stay quiet: a run that fires ends the search.
        """
        ...
