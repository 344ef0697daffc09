"""Threshold rules: groups that hold enough documents, and enough distinct values of a field.

https://www.elastic.co/docs/solutions/security/detect-and-alert/threshold: a group alerts where its
count is the threshold or more, and each distinct count its own value or more.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.elastic.kibana.aggregate import buckets
from tests.elastic.kibana.arrival import Lateness
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule, Threshold
from tests.elastic.kibana.schedule import Members, Run, Schedule
from tests.elastic.kibana.search import between, condition


class Thresholds:
    """A threshold rule."""

    def __init__(self, rule: Rule, place: Place) -> None:
        assert rule.threshold
        self._rule, self._place, self._limit = rule, place, rule.threshold
        self._selected = place.matching(rule)
        self._known: dict[Members, bool] = {}

    def alerts(
        self, schedule: Schedule, lateness: Lateness | None, *, sparing: bool = False
    ) -> Iterator[datetime]:
        """Give the runs that find a group over the threshold.

        Counts and distinct counts only grow with the documents: a run that finds fewer documents than
        another one finds no group that the other does not.
        """
        runs = _largest(schedule.windows(self._selected[lateness]))
        self._ask({each: run for each, run in runs.items() if each not in self._known}, lateness)
        for members, run in runs.items():
            if self._known[members]:
                yield run.end

    def _ask(self, runs: dict[Members, Run], lateness: Lateness | None) -> None:
        distinct = {
            f"distinct_{number}": {"cardinality": {"field": part.field}}
            for number, part in enumerate(self._limit.cardinality)
        }
        searches = [
            (self._search(run, lateness), self._limit.field, distinct) for run in runs.values()
        ]
        found = buckets(self._place.client, self._place.index, searches)
        for members, groups in zip(runs, found, strict=True):
            self._known[members] = any(_reached(self._limit, bucket) for bucket in groups)

    def _search(self, run: Run, lateness: Lateness | None) -> dict[str, Any]:
        return self._place.only(
            condition(self._rule),
            between(self._rule, run.start, run.end),
            self._place.here(lateness, run.end),
        )


def _largest(runs: dict[Members, Run]) -> dict[Members, Run]:
    """Leave out runs whose documents another one finds as well, with more."""
    found = {members: {*members[0]} for members in runs}
    return {
        members: run
        for members, run in runs.items()
        if not any(found[members] < others for others in found.values())
    }


def _reached(limit: Threshold, bucket: dict[str, Any]) -> bool:
    return bucket["doc_count"] >= limit.value and all(
        bucket[f"distinct_{number}"]["value"] >= part.value
        for number, part in enumerate(limit.cardinality)
    )
