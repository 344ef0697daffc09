"""Threshold rules: groups that hold enough documents, and enough distinct values of a field.

https://www.elastic.co/docs/solutions/security/detect-and-alert/threshold: a group alerts where its
count is the threshold or more, and each distinct count its own value or more.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.elastic.kibana.aggregate import buckets
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule, Threshold
from tests.elastic.kibana.schedule import Schedule
from tests.elastic.kibana.search import between, condition


def alerts(rule: Rule, schedule: Schedule, place: Place) -> Iterator[datetime]:
    """Give the runs that find a group over the threshold."""
    assert rule.threshold
    limit = rule.threshold
    runs = schedule.windows(place.matching(rule))
    distinct = {
        f"distinct_{number}": {"cardinality": {"field": part.field}}
        for number, part in enumerate(limit.cardinality)
    }
    searches = [
        (place.only(condition(rule), between(rule, run.start, run.end)), limit.field, distinct)
        for run in runs
    ]
    found = buckets(place.client, place.index, searches)
    for run, groups in zip(runs, found, strict=True):
        if any(_reached(limit, bucket) for bucket in groups):
            yield run.end


def _reached(limit: Threshold, bucket: dict[str, Any]) -> bool:
    return bucket["doc_count"] >= limit.value and all(
        bucket[f"distinct_{number}"]["value"] >= part.value
        for number, part in enumerate(limit.cardinality)
    )
