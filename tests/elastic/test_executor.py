"""The executor itself: edges of windows, groups, history and schedule, on hand-written rules."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from pydantic import ValidationError

from tests.elastic.indices import Indices
from tests.elastic.integration import Document
from tests.elastic.kibana import arrival
from tests.elastic.kibana.execute import ends
from tests.elastic.kibana.execute import execute as executed
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import NotExecuted, Rule, read

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

MAPPING: dict[str, Any] = {
    "properties": {
        "@timestamp": {"type": "date"},
        "event": {
            "properties": {
                "action": {"type": "keyword"},
                "ingested": {"type": "date"},
                "id": {"type": "keyword"},
            }
        },
        "user": {"properties": {"id": {"type": "keyword"}}},
        "source": {"properties": {"ip": {"type": "ip"}}},
        "flat": {"type": "flattened"},
    }
}


FIRES, QUIET = (True, True, True), (False, False, False)

execute = partial(executed, lateness=[None])
"""At every phase, where each document is there as it happens."""

Event = dict[str, Any]


def event(minutes: float, *, user: str | list[str] | None = "u", **fields: Any) -> Event:
    """A document some minutes after noon, with its own id unless it names one."""
    return {"at": NOON + timedelta(minutes=minutes), "user": user} | fields


@pytest.fixture
def placed(indices: Indices, request: pytest.FixtureRequest) -> Any:
    """Puts events into the index under the test's own label."""
    index = indices.make("rekey-executor", MAPPING)
    calls = count()

    def place(events: Iterable[Event], late: float = 0) -> Place:
        label = f"{request.node.nodeid} {next(calls)}"
        documents = {label: [_document(e) for e in events]}
        return indices.fill(index, documents, timedelta(minutes=late))[label]

    return place


def _document(made: Event) -> Document:
    body: dict[str, Any] = {
        "@timestamp": made["at"].isoformat(),
        "event": {"action": made.get("action", "read"), "id": made.get("id")},
        "source": {"ip": made.get("ip", "192.0.2.1")},
        "flat": made.get("flat", {}),
    }
    if made["user"] is not None:
        body["user"] = {"id": made["user"]}
    if late := made.get("late"):
        body["event"]["ingested"] = (made["at"] + timedelta(minutes=late)).isoformat()
    return Document(made.get("document_id"), body, made["at"])


def rule(**parts: Any) -> Any:
    """A rule in Lucene over reads, every five minutes over the last ten."""
    return read(
        {
            "rule_id": "r", "name": "r", "type": "query", "language": "lucene",
            "query": "event.action:read", "index": ["rekey-*"], "from": "now-10m",
            "interval": "5m",
        }
        | parts
    )  # fmt: skip


def counting(value: int, **parts: Any) -> Any:
    return rule(type="threshold", threshold={"field": ["user.id"], "value": value} | parts)


# -- query ---------------------------------------------------------------------------------------


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


# -- threshold -----------------------------------------------------------------------------------


def test_the_threshold_itself_is_enough(placed: Any) -> None:
    place = placed([event(0), event(1), event(2)])
    assert execute(counting(3), place) == FIRES
    assert execute(counting(4), place) == QUIET


def test_both_edges_of_a_window_belong_to_it(placed: Any) -> None:
    edges = counting(2).model_copy(update={"start": "now-10m", "interval": "1m"})
    assert any(execute(edges, placed([event(0), event(10)])))


def test_events_further_apart_than_the_window_never_meet(placed: Any) -> None:
    edges = counting(2).model_copy(update={"start": "now-10m", "interval": "1m"})
    assert execute(edges, placed([event(0), event(10.01)])) == QUIET


def test_groups_do_not_add_up(placed: Any) -> None:
    assert execute(counting(2), placed([event(0, user="a"), event(1, user="b")])) == QUIET


def test_documents_without_the_key_form_no_group(placed: Any) -> None:
    assert execute(counting(2), placed([event(0, user=None), event(1, user=None)])) == QUIET


def test_cardinality_counts_values_and_not_documents(placed: Any) -> None:
    distinct = counting(1, cardinality=[{"field": "source.ip", "value": 2}])
    same = placed([event(0, id="1"), event(1, id="2")])
    assert execute(distinct, same) == QUIET
    two = placed([event(0, ip="192.0.2.7"), event(1)])
    assert execute(distinct, two) == FIRES


def test_a_document_delivered_twice_under_one_id_counts_once(placed: Any) -> None:
    twice = [event(0, document_id="x"), event(0, document_id="x")]
    assert execute(counting(2), placed(twice)) == QUIET


# -- new terms -----------------------------------------------------------------------------------


def newly(*fields: str, history: str = "now-30d") -> Any:
    return rule(
        type="new_terms", new_terms_fields=list(fields) or ["source.ip"],
        history_window_start=history,
    )  # fmt: skip


DAY = 24 * 60


def found_days(rule: Rule, place: Place) -> list[set[int]]:
    """For each phase, the days after noon's on which the rule alerts."""
    return [{(end - NOON).days for end in found} for found in ends(rule, place)]


def test_a_value_is_new_once(placed: Any) -> None:
    place = placed([event(0, ip="192.0.2.1"), event(3 * DAY, ip="192.0.2.1")])
    assert found_days(newly(), place) == [{0}, {0}, {0}]


def test_the_history_reaches_as_far_as_it_says(placed: Any) -> None:
    place = placed([event(0), event(6 * DAY), event(14 * DAY)])
    assert found_days(newly(history="now-7d"), place) == [{0, 14}, {0, 14}, {0, 14}]


def test_a_combination_may_be_new_where_its_values_are_not(placed: Any) -> None:
    old = [event(0, user="a", ip="192.0.2.1"), event(0, user="b", ip="192.0.2.2")]
    place = placed([*old, event(5 * DAY, user="a", ip="192.0.2.2")])
    assert found_days(newly("user.id", "source.ip"), place) == [{0, 5}, {0, 5}, {0, 5}]
    assert found_days(newly("user.id"), place) == [{0}, {0}, {0}]


def test_documents_without_the_field_bring_no_new_term(placed: Any) -> None:
    assert execute(newly("user.id"), placed([event(0, user=None)])) == QUIET


# -- ES|QL ---------------------------------------------------------------------------------------


def esql(query: str) -> Any:
    return read(
        {
            "rule_id": "r", "name": "r", "type": "esql", "language": "esql", "query": query,
            "from": "now-10m", "interval": "5m",
        }
    )  # fmt: skip


def test_each_row_of_esql_is_an_alert(placed: Any) -> None:
    place = placed([event(0), event(1)])
    counted = "FROM rekey-executor-* | STATS n = COUNT(*) BY user.id | WHERE n >= {}"
    assert execute(esql(counted.format(2)), place) == FIRES
    assert execute(esql(counted.format(3)), place) == QUIET


def test_esql_sees_the_run_as_now_and_only_its_window(placed: Any) -> None:
    place = placed([event(0)])
    recent = "FROM rekey-executor-* | WHERE @timestamp >= NOW() - 10 minutes"
    assert execute(esql(recent), place) == FIRES
    assert execute(esql(recent.replace(">=", "<")), place) == QUIET
    quoted = 'FROM rekey-executor-* | WHERE user.id == "NOW()"'
    assert execute(esql(quoted), place) == QUIET


def test_what_ends_the_server_is_never_sent(placed: Any) -> None:
    with pytest.raises(NotExecuted, match="does not survive"):
        execute(esql("FROM rekey-executor-* | CHANGE_POINT n ON t"), placed([event(0)]))


# -- EQL -----------------------------------------------------------------------------------------


def eql(query: str) -> Any:
    return rule(type="eql", language="eql", query=query)


SEQUENCE = (
    'sequence by user.id with maxspan=5m [any where event.action : "LOOK"] '
    '[any where event.action : "take"]'
)


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


# -- arrival -------------------------------------------------------------------------------------


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


def test_equal_runs_of_esql_are_asked_once(placed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = Elasticsearch.perform_request

    def counted(self: Any, *args: Any, **named: Any) -> Any:
        asked.extend(path for path in args if path == "/_query")
        return real(self, *args, **named)

    place = placed([event(0), event(30)])
    recent = "FROM rekey-executor-* | WHERE @timestamp >= NOW() - 180 seconds"
    monkeypatch.setattr(Elasticsearch, "perform_request", counted)
    fired = executed(esql(recent), place)
    assert any(fired) and not all(fired)
    assert 0 < len(asked) <= 4  # either event, recent or not


@pytest.mark.parametrize(
    "query", ["FROM x | EVAL n = NOW()", "FROM x | WHERE @timestamp > NOW() - 1 week"]
)
def test_other_uses_of_now_are_refused(placed: Any, query: str) -> None:
    with pytest.raises(NotExecuted, match="NOW"):
        execute(esql(query), placed([event(0)]))


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "machine_learning"},
        {"alert_suppression": {"group_by": ["user.id"]}},
        {"exceptions_list": [{"id": "x", "list_id": "x"}]},
        {"type": "threshold"},
        {"type": "new_terms", "new_terms_fields": ["a"]},
        {"type": "new_terms", "new_terms_fields": list("abcd"), "history_window_start": "now-1d"},
        {"language": "esql"},
    ],
)
def test_what_is_not_known_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**parts)
