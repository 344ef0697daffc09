"""Run a rule over the documents of one fixture, at every phase of its schedule."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from tests.elastic.kibana import eql, esql, new_terms, query, threshold
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule, schedules

_TYPES: Final[Mapping[str, Callable[[Rule, Schedule, Place], Iterator[datetime]]]] = {
    "query": query.alerts,
    "threshold": threshold.alerts,
    "new_terms": new_terms.alerts,
    "esql": esql.alerts,
    "eql": eql.alerts,
}


def execute(rule: Rule, place: Place) -> tuple[bool, ...]:
    """Say for each phase whether the rule alerts."""
    return tuple(alerts(rule, schedule, place) for schedule in schedules(rule))


def alerts(rule: Rule, schedule: Schedule, place: Place) -> bool:
    """Say whether a rule alerts under one schedule."""
    return next(_TYPES[rule.type](rule, schedule, place), None) is not None


def ends(rule: Rule, place: Place) -> tuple[list[datetime], ...]:
    """Give for each phase the runs that alert."""
    return tuple([*_TYPES[rule.type](rule, schedule, place)] for schedule in schedules(rule))
