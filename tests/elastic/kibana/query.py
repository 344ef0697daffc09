"""Custom query rules: each document that the query selects is an alert.

https://www.elastic.co/docs/solutions/security/detect-and-alert/custom-query
"""

from collections.abc import Iterator
from datetime import datetime

from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule
from tests.elastic.kibana.search import between, condition


def alerts(rule: Rule, schedule: Schedule, place: Place) -> Iterator[datetime]:
    """Give the runs that find a document."""
    for run in schedule.windows(place.matching(rule)):
        window = place.only(condition(rule), between(rule, run.start, run.end))
        if place.client.count(index=place.index, query=window)["count"]:
            yield run.end
