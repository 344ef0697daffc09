"""New-terms rules: values that a run sees and the history before it did not hold.

https://www.elastic.co/docs/solutions/security/detect-and-alert/new-terms: terms, or combinations of
up to three, that appear in the rule's run and nowhere from ``history_window_start`` to its ``from``;
both count back from the run.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.elastic.kibana.aggregate import buckets
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule
from tests.elastic.kibana.search import between, condition


def alerts(rule: Rule, schedule: Schedule, place: Place) -> Iterator[datetime]:
    """Give the runs that see a new term."""
    runs = schedule.windows(place.matching(rule))
    searches = []
    for run in runs:
        assert run.history
        whole = place.only(condition(rule), between(rule, run.history, run.end))
        parts = {
            "now": {"filter": between(rule, run.start, run.end)},
            "before": {"filter": between(rule, run.history, run.start, before_end=True)},
        }
        searches.append((whole, rule.new_terms_fields, parts))
    found = buckets(place.client, place.index, searches)
    for run, groups in zip(runs, found, strict=True):
        if any(map(_new, groups)):
            yield run.end


def _new(bucket: dict[str, Any]) -> bool:
    return bool(bucket["now"]["doc_count"]) and not bucket["before"]["doc_count"]
