"""Run a rule over the documents of one fixture, at every phase of its schedule."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tests.elastic.kibana.arrival import LATENESS, Lateness
from tests.elastic.kibana.eql import Eql
from tests.elastic.kibana.esql import Esql
from tests.elastic.kibana.interface import Execution
from tests.elastic.kibana.new_terms import NewTerms
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.query import Query
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.schedule import Schedule, schedules
from tests.elastic.kibana.threshold import Thresholds

_TYPES: Final[Mapping[str, type[Execution]]] = {
    "query": Query,
    "threshold": Thresholds,
    "new_terms": NewTerms,
    "esql": Esql,
    "eql": Eql,
}


def execute(
    rule: Rule,
    place: Place,
    *,
    sparing: bool = False,
    lateness: Sequence[Lateness | None] = LATENESS,
) -> tuple[bool, ...]:
    """Say for each phase, and for each way in which documents may come, whether the rule alerts."""
    execution = _TYPES[rule.type](rule, place)
    return tuple(
        any(execution.alerts(schedule, each, sparing=sparing))
        for each in lateness
        for schedule in schedules(rule)
    )


def alerts(rule: Rule, schedule: Schedule, place: Place) -> bool:
    """Say whether a rule alerts under one schedule where each document is there as it happens."""
    return any(_TYPES[rule.type](rule, place).alerts(schedule, None))


def ends(rule: Rule, place: Place) -> tuple[list[datetime], ...]:
    """Give for each phase the runs that alert where each document is there as it happens."""
    execution = _TYPES[rule.type](rule, place)
    return tuple([*execution.alerts(schedule, None)] for schedule in schedules(rule))
