"""Counts: the edges of their windows, and what forms a group."""

from typing import Any

from tests.elastic.executor.hand_written import FIRES, QUIET, counting, event, execute


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
