"""Whatever values a rule holds, its searches keep their shape: commands, fields, operators."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.converters.splunk.conf import conf
from rekey.converters.splunk.search import searches
from tests.made_rules import AWS, base, correlation, made, single

HOSTILE = st.text(
    st.sampled_from("\"'\\`$|[](){}*?.+^-\n\r\t\0 aZ0é=<>,;#%&"), min_size=1, max_size=12
).filter(lambda text: bool(text.strip("*? ")))
MODIFIERS = st.sampled_from(["", "|contains", "|startswith", "|endswith"])
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SHAPE = re.compile(r"[A-Za-z0-9_.,:'`|()<>=!*/+{}\s-]*")


def shape(spl: str) -> str:
    """The search with a mark in place of each string."""
    return _STRING.sub("S", spl)


@settings(deadline=None, max_examples=200)
@given(HOSTILE, MODIFIERS, st.booleans())
def test_values_of_a_condition_stay_in_strings(value: str, modifier: str, negated: bool) -> None:
    selection = {"seen": {"eventSource": "iam"}, "odd": {f"userAgent{modifier}": value}}
    condition = "seen and not odd" if negated else "seen and odd"
    rule = made(single("odd", {**selection, "condition": condition}, AWS))
    (search,) = searches(rule)
    lines = search.spl.split("\n")
    assert lines[0].startswith("`rekey_aws_cloudtrail` ")
    assert all(line.startswith("| ") for line in lines[1:])
    assert len(lines) == 10
    assert _SHAPE.fullmatch(shape(search.spl)), shape(search.spl)
    assert search.spl in conf({"x": {"search": search.spl}}, "").replace(" \\\n", "\n")


@settings(deadline=None, max_examples=50)
@given(st.lists(HOSTILE, min_size=2, max_size=4, unique=True))
def test_values_of_a_window_stay_in_strings(values: list[str]) -> None:
    rule = made(
        base("odd", {"userAgent": values}, AWS),
        correlation("value_count", ["odd"], ["userIdentity.arn"], "10m",
                    condition={"field": "origin.network", "gte": 3}),
    )  # fmt: skip
    (search,) = searches(rule)
    assert _SHAPE.fullmatch(shape(search.spl)), shape(search.spl)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("CreateUser", 'lower(eventName)="createuser"'),
        ("1.0", r'match(eventName, "(?i)^1\.0$(?!\n)")'),
        ('a"b', r'match(eventName, "(?i)^a\x22b$(?!\n)")'),
        ("a*b", r'match(eventName, "(?is)^a.*b$(?!\n)")'),
        ("*a", r'match(eventName, "(?i)a$(?!\n)")'),
        ("*", 'coalesce(eventName, "")!=""'),
    ],
)
def test_how_a_value_is_written(value: str, written: str) -> None:
    (search,) = searches(made(single("one", {"eventName": value}, AWS)))
    assert f"| where {written}" in search.lines


def test_absent_and_negated_fields() -> None:
    rule = made(
        single(
            "two",
            {
                "seen": {"errorCode": None, "readOnly": False},
                "odd": {"sourceIPAddress|cidr": "2001:db8::/32"},
                "condition": "seen and not odd",
            },
            AWS,
        )
    )
    (search,) = searches(rule)
    assert (
        '| where ((in(coalesce(errorCode, ""), "", "null", "success") AND lower(readOnly)="false")'
        ' AND NOT (if(cidrmatch("2001:db8::/32", sourceIPAddress), 1, 0)=1))'
    ) in search.lines
