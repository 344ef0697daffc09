"""A run sees only what has come by then."""

from typing import Any

import pytest

from tests.elastic.executor.hand_written import (
    DAY,
    FIRES,
    QUIET,
    SEQUENCE,
    counting,
    eql,
    esql,
    event,
    rule,
)
from tests.elastic.kibana import arrival
from tests.elastic.kibana.execute import execute as executed
from tests.elastic.kibana.place import Place


def came(how: Any, compiled: Any, place: Place) -> tuple[bool, ...]:
    return executed(compiled, place, lateness=[how])


def test_a_run_sees_only_what_has_come(placed: Any) -> None:
    place = placed([event(0)], late=11)
    assert came("prompt", rule(), place) == FIRES
    assert came("late", rule(), place) == QUIET
    assert any(came("late", rule(), placed([event(0)], late=8)))


def test_the_clock_of_arrival_finds_what_came_late(placed: Any) -> None:
    place = placed([event(0, late=1)], late=DAY)
    by_arrival = rule(timestamp_override=arrival.CLOCK)
    assert came("late", by_arrival, place) == FIRES
    assert came("late", rule(), place) == QUIET


@pytest.mark.parametrize("how", ["odd_late", "even_late"])
def test_events_that_do_not_meet_are_not_counted_together(placed: Any, how: str) -> None:
    events = [event(0), event(1)]
    assert came(how, counting(2), placed(events, late=4)) == FIRES
    assert came(how, counting(2), placed(events, late=12)) == QUIET
    assert came(how, counting(1), placed(events, late=12)) == FIRES


@pytest.mark.parametrize("how", ["odd_late", "even_late"])
def test_a_sequence_waits_for_its_last_event_to_come(placed: Any, how: str) -> None:
    events = [event(0, action="look"), event(2, action="take")]
    assert came(how, eql(SEQUENCE), placed(events, late=3)) == FIRES
    assert came(how, eql(SEQUENCE), placed(events, late=12)) == QUIET


def test_esql_sees_only_what_has_come(placed: Any) -> None:
    counted = "FROM rekey-executor-* | STATS n = COUNT(*) BY user.id | WHERE n >= 2"
    place = placed([event(0), event(1)], late=12)
    assert came("prompt", esql(counted), place) == FIRES
    assert came("odd_late", esql(counted), place) == QUIET
