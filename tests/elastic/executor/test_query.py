"""Queries: what they select, filters, and a schedule over documents that come late."""

from datetime import timedelta
from typing import Any

from tests.elastic.executor.hand_written import FIRES, NOON, QUIET, event, execute, rule


def test_a_query_alerts_on_what_it_selects(placed: Any) -> None:
    place = placed([event(0, action="read"), event(1, action="write")])
    assert execute(rule(), place) == FIRES
    assert execute(rule(query="event.action:delete"), place) == QUIET


def test_case_counts_in_a_keyword_unless_the_filter_says_otherwise(placed: Any) -> None:
    place = placed([event(0, action="READ")])
    assert execute(rule(), place) == QUIET
    insensitive = {"term": {"event.action": {"value": "read", "case_insensitive": True}}}
    assert execute(rule(query="", filters=[{"query": insensitive}]), place) == FIRES


def test_filters_can_be_negated_and_switched_off(placed: Any) -> None:
    place = placed([event(0)])
    pill = {"query": {"term": {"user.id": "u"}}}
    assert execute(rule(filters=[pill | {"meta": {"negate": True}}]), place) == QUIET
    off = {"meta": {"negate": True, "disabled": True}}
    assert execute(rule(filters=[pill | off]), place) == FIRES


def test_kql_is_understood(placed: Any) -> None:
    place = placed([event(0, flat={"name": "prod/key"})])
    kql = rule(language="kuery", query='event.action: read and flat.name: "prod/key"')
    assert execute(kql, place) == FIRES
    assert execute(rule(language="kuery", query="not flat.name: *"), place) == QUIET


def test_a_schedule_with_gaps_misses_events_at_some_phases(placed: Any) -> None:
    place = placed([event(4.2)])
    assert set(execute(rule(**{"from": "now-1m"}), place)) == {True, False}


def test_the_override_decides_about_late_documents(placed: Any) -> None:
    place = placed([event(0, late=600), event(1)])
    only_late = {"query": "_exists_:event.ingested", "timestamp_override": "event.ingested"}
    times = [each.time for each in place.documents(rule(**only_late))[None]]
    assert sorted(times) == [NOON + timedelta(minutes=1), NOON + timedelta(minutes=600)]
    assert execute(rule(**only_late), place) == FIRES
