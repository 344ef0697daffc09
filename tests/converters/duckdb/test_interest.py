"""Which events a rule has to see in full, told from its condition alone; and what a scan keeps for it."""

from pathlib import Path
from typing import Any

import pytest

from rekey.converters.duckdb.gate import Gate, are_exclusive, gate, is_plain, unescaped
from rekey.converters.duckdb.interest import Grouped, Shape, Wide, Within, interest
from rekey.converters.duckdb.plan import Plans, full_layout
from rekey.converters.registry import registry
from rekey.converters.rule import Rule
from rekey.sources.interface import Segment
from rekey.survey import survey_sql
from tests.made_rules import AWS, GITHUB, KUBERNETES, base, correlation, made, single

CALL = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
FIRST = {"history": "30d", "maturity": "14d", "min_events": 50}


def of(rule: Rule, source: str = "aws_cloudtrail") -> Any:
    layout = Plans([rule])[source].layout
    return interest(rule, rule.bases[0], layout)


def counting(kind: str, *bases: Any, group: str = "userIdentity.arn", **more: Any) -> Rule:
    names = [each["name"] for each in bases]
    return made(*bases, correlation(kind, names, [group], "10m", **more))


@pytest.mark.parametrize(
    ("detection", "narrow"),
    [
        (CALL, True),
        ({"eventName|startswith": "Create"}, True),
        ({"sourceIPAddress": "192.0.2.1"}, True),
        ({"userAgent|contains": "kali"}, False),
        ({"requestParameters.userName": "x"}, False),
        ({"a": CALL, "b": {"userAgent|contains": "kali"}, "condition": "a or b"}, False),
        ({"a": CALL, "b": {"userAgent|contains": "kali"}, "condition": "a and not b"}, True),
    ],
)
def test_a_gate_is_narrow_where_it_names_calls_or_values(
    detection: dict[str, Any], narrow: bool
) -> None:
    rule = made(single("x", detection, AWS))
    layout = Plans([rule])["aws_cloudtrail"].layout
    assert gate(rule.bases[0], layout.computed).is_narrow is narrow


def test_heavy_conditions_are_left_to_the_reading_in_full() -> None:
    rule = made(single("x", CALL | {"requestParameters.userName": "root"}, AWS))
    found = of(rule)
    assert isinstance(found, Gate)
    assert found.patterns.keys() == {"eventSource", "eventName"}
    assert "requestParameters" not in found.test


KEY = {"eventName": "GetObject", "requestParameters.key|endswith": ".tfstate"}


@pytest.mark.parametrize(
    ("value", "mentioned"),
    [
        ({"requestParameters.key|endswith": ".TFstate"}, "'.tfstate'"),
        ({"requestParameters.key|contains": 'a"long-one\\b'}, "'long-one'"),
        ({"requestParameters.key": "it's"}, "'it''s'"),
        ({"requestParameters.key": ["x", "y"]}, "'x'"),
        ({"requestParameters.key": "*"}, None),
        ({"requestParameters.key": "443"}, None),
        ({"requestParameters.key": None}, None),
        ({"requestParameters.key|exists": True}, None),
        ({"requestParameters.key": ["x", "*"]}, None),
    ],
)
def test_a_heavy_object_mentions_what_a_field_in_it_holds(
    value: dict[str, Any], mentioned: str | None
) -> None:
    found = of(made(single("x", {"eventName": "GetObject"} | value, AWS)))
    assert isinstance(found, Gate)
    assert (found.roots == {"requestParameters"}) is (mentioned is not None)
    assert (mentioned or found.test) in found.nearer
    assert (found.nearer == found.test) is (mentioned is None)


def test_the_nearer_test_knows_what_a_text_tells_and_what_is_negated() -> None:
    detection = {
        "request": {"objectRef.subresource": "token"},
        "tool": {"client.kind": "script"},
        "far": {"requestObject.spec.expirationSeconds|gte": 9, "actor.kind": "workload"},
        "platform": {"user.username|startswith": "system:node:"},
        "condition": "request and (tool or (far and not platform))",
    }
    found = of(made(single("x", detection, KUBERNETES)), "kubernetes_audit")
    assert isinstance(found, Gate)
    assert "subresource" in found.test and "script" not in found.test
    assert "'script'" in found.nearer and "NOT" in found.nearer
    assert "system:node:" in found.nearer and "gserviceaccount" not in found.nearer
    assert found.roots == frozenset()


def test_the_survey_asks_the_text_of_an_object_where_it_is_read_anyway() -> None:
    alone = made(single("x", KEY, AWS))
    values = {"field": "requestParameters.key", "gte": 3}
    beside = counting("value_count", base("act", KEY, AWS), condition=values)
    segment = Segment("aws_cloudtrail", Path("log"), direct=False, part=0, file=0)
    for rules, is_asked in (([alone], False), ([beside], True), ([alone, beside], True)):
        sql = survey_sql(Plans(rules)["aws_cloudtrail"], segment)
        assert ("'.tfstate'" in sql) is is_asked


def test_where_nothing_light_is_known_all_events_pass() -> None:
    found = of(made(single("x", {"requestParameters.userName": "root"}, AWS)))
    assert isinstance(found, Gate)
    assert (found.test, found.is_narrow) == ("true", False)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("CreateUser", "DeleteUser", True),
        ("CreateUser", "CreateUser", False),
        ("Create*", "CreateUser", False),
        ("Create*", "Delete*", True),
        ("Create*", "C*", False),
        ("*User", "Create*", False),
        ("Create?ser", "CreateUser", False),
    ],
)
def test_no_call_has_two_names(one: str, other: str, apart: bool) -> None:
    rules = [made(single(each, {"eventName": each}, AWS)) for each in (one, other)]
    layouts = [Plans([rule])["aws_cloudtrail"].layout for rule in rules]
    first, second = (
        gate(rule.bases[0], layout) for rule, layout in zip(rules, layouts, strict=True)
    )
    source = registry()["aws_cloudtrail"]
    assert are_exclusive(first, second, source) is apart
    assert are_exclusive(second, first, source) is apart


def test_a_list_may_hold_two_values() -> None:
    rules = [made(single(each, {"user.groups": each}, KUBERNETES)) for each in ("a", "b")]
    one, other = (gate(r.bases[0], Plans([r])["kubernetes_audit"].layout) for r in rules)
    assert not are_exclusive(one, other, registry()["kubernetes_audit"])


@pytest.mark.parametrize(
    ("pattern", "plain", "text"),
    [("a", True, "a"), (r"a\.b", True, "a.b"), ("a.b", False, "a.b"), (r"\\", True, "\\")],
)
def test_plain_patterns(pattern: str, plain: bool, text: str) -> None:
    assert (is_plain(pattern), unescaped(pattern)) == (plain, text)


def test_what_one_text_tells_is_asked_once_of_each() -> None:
    found = of(made(single("x", {"userAgent|contains": "kali"}, AWS)))
    assert isinstance(found, Wide)
    assert found.field == "userAgent"


BY_HAND = {
    "who": {
        "user.username|startswith": "system:serviceaccount:",
        "impersonatedUser.username": None,
    },
    "tool": {"client.kind": "workstation"},
    "shell": {"objectRef.subresource": "exec", "userAgent|startswith": "kubectl"},
    "condition": "who and (tool or shell)",
}


def test_what_is_derived_from_a_text_is_asked_of_the_text() -> None:
    found = of(made(single("x", BY_HAND, KUBERNETES)), "kubernetes_audit")
    assert isinstance(found, Wide)
    assert found.field == "userAgent"
    assert "workstation" in found.test
    assert "exec" not in found.test  # the text says nothing of it
    assert "userAgent" not in found.gate
    assert "system:serviceaccount:" in found.gate


def test_that_a_text_is_absent_is_no_reason_to_ask_for_it() -> None:
    absent = {"impersonatedUser.username": None, "requestObject.kind": "x"}
    assert isinstance(of(made(single("x", absent, KUBERNETES)), "kubernetes_audit"), Gate)


def test_a_gate_leaves_out_what_a_filter_excludes_if_light_fields_tell() -> None:
    excluded = {"a": CALL, "b": {"userAgent|startswith": "Terraform"}, "condition": "a and not b"}
    assert "NOT coalesce(starts_with(" in of(made(single("x", excluded, AWS))).test
    heavy = {"userAgent|startswith": "T", "requestParameters.userName": "x"}
    told = of(made(single("x", excluded | {"b": heavy}, AWS)))
    assert "NOT" not in told.test


def test_counts_ask_for_groups_that_hold_enough() -> None:
    act = base("act", CALL, AWS)
    found = of(counting("event_count", act, condition={"gte": 5}))
    assert isinstance(found, Grouped)
    assert (found.group, found.enough) == (("userIdentity.arn",), "count(*) >= 5")
    more = of(counting("event_count", act, condition={"gt": 5}))
    assert more.enough == "count(*) >= 6"
    values = {"field": "requestParameters.userName", "gte": 3}
    distinct = of(counting("value_count", act, condition=values))
    assert distinct.value == (Within("requestParameters", "/userName"),)
    assert distinct.enough == "count(DISTINCT value) >= 3"


def test_enough_must_come_within_the_window() -> None:
    act = base("act", CALL, AWS)
    assert of(counting("event_count", act, condition={"gte": 5})).timespan == 600


def test_where_a_log_may_not_carry_what_is_asked_whole_groups_are_read() -> None:
    bound = {"objectRef.resource": "rolebindings", "requestObject.roleRef.name": "cluster-admin"}
    rule = counting(
        "event_count", base("bound", bound, KUBERNETES), group="user.username", condition={"gte": 2}
    )
    assert of(rule, "kubernetes_audit").timespan is None


def test_sequences_need_each_of_their_steps() -> None:
    steps = base("a", CALL, AWS), base("b", {"eventName": "DeleteUser"}, AWS)
    found = of(counting("temporal_ordered", *steps))
    assert isinstance(found, Grouped)
    assert found.enough == "count(DISTINCT number) >= 2"


@pytest.mark.parametrize("condition", [{"lt": 5}, {"lte": 5}, {"eq": 5}])
def test_where_little_suffices_no_group_is_left_out(condition: dict[str, int]) -> None:
    found = of(counting("event_count", base("act", CALL, AWS), condition=condition))
    assert isinstance(found, Shape)


def test_where_another_source_may_hold_the_rest_no_group_is_left_out() -> None:
    steps = base("a", CALL, AWS), base("b", {"action": "repo.create"}, GITHUB)
    aliases = {"who": {"a": "userIdentity.arn", "b": "actor"}}
    assert isinstance(of(counting("temporal", *steps, group="who", aliases=aliases)), Shape)


@pytest.mark.parametrize("group", ["origin.network", "actor.kind", "resources.ARN"])
def test_what_a_look_up_tells_or_a_list_holds_is_no_group_yet(group: str) -> None:
    rule = counting("event_count", base("act", CALL, AWS), group=group, condition={"gte": 5})
    assert isinstance(of(rule), Shape)


def test_looks_hold_all_that_is_asked() -> None:
    rule = counting(
        "value_count", base("act", CALL | {"requestParameters.path": "/"}, AWS),
        condition={"field": "origin.network", "gte": 2}, first_seen=FIRST,
    )  # fmt: skip
    found = of(rule)
    assert isinstance(found, Shape)
    asked = {"sourceIPAddress", "userIdentity.arn", Within("requestParameters", "/path")}
    assert asked <= set(found.asked)


def grouping(detection: dict[str, Any], key: str) -> Rule:
    name = "".join(map(str, detection.values()))
    return counting(
        "event_count", base(name, detection, AWS), group=f"userIdentity.{key}", condition={"gte": 5}
    )


def test_hashes_share_a_column_only_where_no_event_needs_two() -> None:
    keys = {"CreateUser": "arn", "DeleteUser": "type", "Create*": "userName"}
    rules = [grouping({"eventName": call}, key) for call, key in keys.items()]
    columns = Plans(rules)["aws_cloudtrail"].hashes
    found = sorted(sorted(case.asked for case in column.cases) for column in columns)
    alone = [("userIdentity.userName",)]
    assert found in (
        [[("userIdentity.arn",), ("userIdentity.type",)], alone],
        [[("userIdentity.arn",)], [("userIdentity.type",), *alone]],
    )


def test_what_any_event_may_need_has_a_column_of_its_own() -> None:
    rules = grouping({"userAgent|contains": "x"}, "arn"), grouping({"eventName": "GetUser"}, "type")
    plan = Plans(rules)["aws_cloudtrail"]
    assert sorted(len(column.cases) for column in plan.hashes) == [1, 1]


def test_what_is_hashed_for_several_is_hashed_once() -> None:
    rules = grouping({"eventName": "GetUser"}, "arn"), grouping({"eventName": "GetRole"}, "arn")
    (column,) = Plans(rules)["aws_cloudtrail"].hashes
    (case,) = column.cases
    assert case.asked == ("userIdentity.arn",)
    assert case.numbers == frozenset({0, 1})


def test_what_a_text_tells_is_counted_by_it_where_texts_are_read() -> None:
    systems = counting(
        "value_count", base("any", {"userAgent|contains": "x"}, AWS),
        condition={"field": "client.system", "gte": 2},
    )  # fmt: skip
    (alone,) = Plans([systems])["aws_cloudtrail"].tracked
    assert isinstance(alone, Grouped)
    assert (alone.value, alone.told) == (("client.system",), None)
    tools = made(single("x", {"userAgent|contains": "kali"}, AWS))
    (beside,) = Plans([systems, tools])["aws_cloudtrail"].tracked
    assert isinstance(beside, Grouped)
    assert (beside.value, beside.told) == (("userAgent",), "client.system")


def test_keys_of_rules_that_learn_are_kept_of_every_event() -> None:
    rule = counting(
        "value_count", base("act", CALL, AWS), condition={"field": "awsRegion", "gte": 2},
        first_seen=FIRST,
    )  # fmt: skip
    assert Plans([rule])["aws_cloudtrail"].is_everywhere("userIdentity.arn")
    counted = counting("event_count", base("act", CALL, AWS), condition={"gte": 5})
    assert not Plans([counted])["aws_cloudtrail"].is_everywhere("userIdentity.arn")


@pytest.mark.parametrize("source", registry())
def test_a_survey_sees_the_shape_of_all_that_is_read_later(source: str) -> None:
    """Else a wrong type would show only when an alert is to be told."""
    plan = Plans([])[source]
    seen = plan.shape.survey_columns([], [])
    for key, kind in full_layout(plan.layout.source).survey_columns([], []).items():
        assert seen[key] == kind
