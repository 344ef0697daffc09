"""New terms: what is new, once, and how far their history reaches."""

from typing import Any

from tests.elastic.executor.hand_written import DAY, NOON, QUIET, event, execute, rule
from tests.elastic.kibana.execute import ends
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.rule import Rule


def newly(*fields: str, history: str = "now-30d") -> Any:
    return rule(
        type="new_terms", new_terms_fields=list(fields) or ["source.ip"],
        history_window_start=history,
    )  # fmt: skip


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
