"""EQL: sequences in order, by key and within their span."""

from typing import Any

import pytest

from tests.elastic.executor.hand_written import (
    FIRES,
    QUIET,
    SEQUENCE,
    Event,
    eql,
    event,
    execute,
    rule,
)
from tests.elastic.kibana.rule import NotExecuted


def test_a_sequence_minds_order_key_and_span(placed: Any) -> None:
    look, take = {"action": "look"}, {"action": "take"}
    sequence = eql(SEQUENCE)
    assert execute(sequence, placed([event(0, **look), event(5, **take)])) == FIRES


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([event(0, action="take"), event(1, action="look")], id="order"),
        pytest.param([event(0, action="look"), event(5.01, action="take")], id="span"),
        pytest.param([event(0, action="look"), event(1, action="take", user="x")], id="key"),
        pytest.param(
            [event(0, action="look", user=None), event(1, action="take", user=None)], id="no key"
        ),
    ],
)
def test_a_sequence_stays_quiet(placed: Any, events: list[Event]) -> None:
    assert execute(eql(SEQUENCE), placed(events)) == QUIET


def test_eql_compares_each_of_several_values(placed: Any) -> None:
    place = placed([event(0, user=["a", "b"])])
    assert execute(eql('any where user.id : "B"'), place) == FIRES
    assert execute(eql('any where not user.id : "b"'), place) == QUIET


@pytest.mark.parametrize(
    "query",
    [
        'any where event.action == "look"',
        'any where event.action in ("look", "take")',
        "any where true | head 1",
    ],
)
def test_eql_that_the_package_executes_otherwise_is_refused(placed: Any, query: str) -> None:
    with pytest.raises(NotExecuted):
        execute(eql(query), placed([event(0)]))


def test_filters_narrow_the_events_of_a_sequence(placed: Any) -> None:
    place = placed([event(0, action="look"), event(5, action="take")])
    pill = {"query": {"term": {"event.action": "look"}}}
    assert execute(eql(SEQUENCE).model_copy(), place) == FIRES
    narrowed = rule(
        type="eql", language="eql", query=SEQUENCE, filters=[pill | {"meta": {"negate": True}}]
    )
    assert execute(narrowed, place) == QUIET
