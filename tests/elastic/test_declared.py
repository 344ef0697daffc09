"""A declared difference excuses a verdict only where the fixture holds what it is about."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from rekey.converters.registry import registry
from tests.elastic.build import Declared
from tests.elastic.declared import Case, accounting
from tests.elastic.kibana.schedule import back, span

SOURCE = registry()["aws_cloudtrail"]

PLAIN: list[Mapping[str, Any]] = [
    {"eventTime": "2026-03-04T12:00:00Z"},
    {"eventTime": "2026-03-04T13:00:00Z"},
]


def because(kind: str, detail: str = "", *, more: bool = True, **of: Any) -> tuple[str, ...]:
    def case(is_more: bool) -> Case:
        return Case(
            of.get("records", PLAIN),
            SOURCE,
            is_more,
            of.get("look_back", timedelta(hours=2)),
            lambda: bool(of.get("exactly")),
            lambda: bool(of.get("once")),
        )

    verdicts = ("quiet", "fires") if more else ("fires", "quiet")
    return accounting([Declared(kind, detail)], *verdicts, case)  # type: ignore[arg-type]


def test_an_equal_verdict_needs_no_excuse() -> None:
    def case(more: bool) -> Case:
        raise AssertionError("nobody needs it")

    assert accounting([Declared("coarse_window", "")], "fires", "fires", case) == ()


def test_a_coarse_window_excuses_what_the_exact_one_does_not_see() -> None:
    assert because("coarse_window") == ("coarse_window",)
    assert because("coarse_window", exactly=True) == ()
    assert because("coarse_window", more=False) == ()


def test_a_field_that_is_not_searchable_excuses_only_where_it_is_logged() -> None:
    told = "userIdentity.identityProvider: not indexed"
    assert because("not_searchable", told) == ()
    held = [{**PLAIN[0], "userIdentity": {"identityProvider": "x"}}]
    assert because("not_searchable", told, records=held) == ("not_searchable",)
    assert because("not_searchable", "no field of ours: why", records=held) == ()


@pytest.mark.parametrize(
    ("told", "short", "long"),
    [
        ("userAgent: more than 8 characters", {"userAgent": "1" * 8}, {"userAgent": "1" * 9}),
        (
            "requestParameters: more than 8 characters",
            {"requestParameters": {"a": "1" * 4}},
            {"requestParameters": {"a": "1" * 5}},
        ),
    ],
)
def test_a_length_excuses_only_where_a_value_is_that_long(
    told: str, short: dict[str, Any], long: dict[str, Any]
) -> None:
    for more in (True, False):
        assert because("too_long", told, more=more, records=[{**PLAIN[0], **short}]) == ()
        found = because("too_long", told, more=more, records=[{**PLAIN[0], **long}])
        assert found == ("too_long",)


def test_a_text_excuses_only_where_another_key_looks_alike() -> None:
    told = "aws.cloudtrail.flattened.request_parameters.roleArn"
    own = {"requestParameters": {"roleArn": "a"}}
    alike = {"requestParameters": {"policy": "{ roleArn=b}", "roleArn": "a"}}
    below = {"requestParameters": {"inner": {"roleArn": "b"}}}
    for more in (True, False):
        assert because("text_of_object", told, more=more) == ()
        assert because("text_of_object", told, more=more, records=[{**PLAIN[0], **own}]) == ()
        for held in (alike, below):
            found = because("text_of_object", told, more=more, records=[{**PLAIN[0], **held}])
            assert found == ("text_of_object",)


def test_a_short_memory_excuses_what_is_longer_ago() -> None:
    assert because("short_memory") == ()
    assert because("short_memory", look_back=timedelta(minutes=59)) == ("short_memory",)


def test_a_copy_excuses_an_alert_that_goes_with_it() -> None:
    assert because("delivered_twice") == ("delivered_twice",)
    assert because("delivered_twice", once=True) == ()
    assert because("delivered_twice", more=False) == ()


def test_equal_times_excuse_a_missing_alert() -> None:
    assert because("equal_times", more=False) == ()
    assert because("equal_times", more=False, records=[PLAIN[0]] * 2) == ("equal_times",)


@pytest.mark.parametrize("kind", ["repeats", "approximate_count", "never heard of"])
def test_other_kinds_excuse_nothing(kind: str) -> None:
    assert because(kind) == because(kind, more=False) == ()


def test_spans_are_read_and_what_is_not_fixed_is_refused() -> None:
    assert back("now-90s") == timedelta(seconds=90) == span("90s")
    for text in ("now-1M", "now-1d/d", "now", "2026-01-01"):
        with pytest.raises(ValueError, match="is not"):
            back(text)
