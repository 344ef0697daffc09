"""New-terms rules: values that a run sees and the history before it did not hold.

https://www.elastic.co/docs/solutions/security/detect-and-alert/new-terms: terms, or combinations of
up to three, that appear in the rule's run and nowhere from ``history_window_start`` to its ``from``;
both count back from the run.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.elastic.kibana.aggregate import buckets
from tests.elastic.kibana.arrival import Lateness
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule
from tests.elastic.kibana.search import between, condition


class NewTerms:
    """A new-terms rule."""

    def __init__(self, rule: Rule, place: Place) -> None:
        self._rule, self._place = rule, place
        self._selected = place.matching(rule)

    def alerts(
        self, schedule: Schedule, lateness: Lateness | None, *, sparing: bool = False
    ) -> Iterator[datetime]:
        """Give the runs that see a new term."""
        runs = [*schedule.windows(self._selected[lateness]).values()]
        searches = []
        for run in runs:
            assert run.history
            whole = self._place.only(
                condition(self._rule),
                between(self._rule, run.history, run.end),
                self._place.here(lateness, run.end),
            )
            parts = {
                "now": {"filter": between(self._rule, run.start, run.end)},
                "before": {"filter": between(self._rule, run.history, run.start, before_end=True)},
            }
            searches.append((whole, self._rule.new_terms_fields, parts))
        found = buckets(self._place.client, self._place.index, searches)
        for run, groups in zip(runs, found, strict=True):
            if any(map(_new, groups)):
                yield run.end


def _new(bucket: dict[str, Any]) -> bool:
    return bool(bucket["now"]["doc_count"]) and not bucket["before"]["doc_count"]
