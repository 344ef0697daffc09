"""Expressions of ``eval`` and ``where``, after the examples in Splunk's Search Reference."""

import pytest

from tests.spl.reading import FIRST, SECOND
from tests.spl.refusal import Refused
from tests.spl.runs import run, value_of
from tests.spl.values import Row

_EVENT: Row = {
    "status": "404", "user": "Root", "ip": "10.1.2.3", "name": "a|b", "names": ("c", "a", "b", "a"),
    "user.name": "dotted", "product": "box", "n": "7",
}  # fmt: skip


# https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/ConditionalFunctions and the
# pages on text, multivalue, mathematical, conversion and date functions beside it.
@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ('case(status==200, "OK", status==404, "Not found")', "Not found"),
        ('case(status==200, "OK", status==500, "Error")', None),
        ('case(status==200, "OK", true(), "Other")', "Other"),
        ('coalesce(missing, other, "x")', "x"),
        ('if(status=="404", "y", "n")', "y"),
        ('if(missing=="404", "y", "n")', "n"),
        ('if(in(status, "401", "404"), 1, 0)', 1),
        ('if(status IN ("401", "403"), 1, 0)', 0),
        ('if(user=="root", 1, 0)', 0),
        ('if(lower(user)=="root", 1, 0)', 1),
        ('if(cidrmatch("10.0.0.0/8", ip), 1, 0)', 1),
        ('if(cidrmatch("2001:db8::/32", "2001:db8::1"), 1, 0)', 1),
        ('if(cidrmatch("10.0.0.0/8", "cloudtrail.amazonaws.com"), 1, 0)', 0),
        ('if(match(ip, "^\\d{1,3}\\.\\d{1,3}\\."), 1, 0)', 1),
        ('if(match(user, "(?i)^rOOT$"), 1, 0)', 1),
        ('if(like(user, "R__t"), 1, 0)', 1),
        ('if(like(user, "r%"), 1, 0)', 0),
        ('if(user LIKE "%oo%", 1, 0)', 1),
        ("nullif(status, 404)", None),
        ("if(isnull(missing) AND isnotnull(user), 1, 0)", 1),
        ('upper(user)." ".len(user)', "ROOT 4"),
        ('substr("string", 1, 3)', "str"),
        ('substr("string", -3)', "ing"),
        ('replace("1/14/2023", "^(\\d{1,2})/(\\d{1,2})/", "\\2/\\1/")', "14/1/2023"),
        ('trim(" ZZabcZZ ", " Z")', "abc"),
        ('md5("Hello World")', "b10a8db164e0754105b7a99be72e3fe5"),
        ("mvcount(names)", 4),
        ("mvcount(missing)", None),
        ("mvindex(names, 1)", "a"),
        ("mvindex(names, -2)", "b"),
        ("mvindex(names, 1, 2)", ("a", "b")),
        ("mvindex(names, 9)", None),
        ('mvjoin(names, ",")', "c,a,b,a"),
        ('mvjoin(mvdedup(mvsort(names)), "")', "abc"),
        ('mvindex(split(name, "|"), 1)', "b"),
        ('mvfind(names, "^b$")', 2),
        ('mvfilter(match(names, "[ac]"))', ("c", "a", "a")),
        ('mvfilter(NOT in(names, "a"))', ("c", "b")),
        ('mvmap(names, names."!")', ("c!", "a!", "b!", "a!")),
        ('mvappend(missing, "x", mvindex(names, 0))', ("x", "c")),
        ("'user.name'", "dotted"),
        ("user.product", "Rootbox"),
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("n/0", None),
        ("n-missing", None),
        ("-n", -7),
        ("floor(7/2)", 3),
        ("pow(2, 10)", 1024),
        ("round(3.5)", 4),
        ("round(2.555, 2)", 2.56),
        ('tonumber("0A4", 16)', 164),
        ('tonumber("many")', None),
        ('max(1, "3", 2)', "3"),
        ('strptime("2026-11-23T08:00:00Z", "%Y-%m-%dT%H:%M:%SZ")', 1795420800),
        ('strptime("2026-11-23T09:00:00+01:00", "%Y-%m-%dT%H:%M:%S%z")', 1795420800),
        ('strptime("yesterday", "%Y-%m-%d")', None),
        ('strftime(1795420800, "%Y-%m-%d %H:%M")', "2026-11-23 08:00"),
        ('relative_time(1795420861, "-1h@h")', 1795417200),
        ('relative_time(1795420861, "@d")', 1795392000),
    ],
)
def test_functions(expression: str, result: object) -> None:
    assert value_of(expression, _EVENT) == result


# https://docs.splunk.com/Documentation/Splunk/6.6.2/Search/Booleanexpressions, "where command".
def test_and_binds_tighter_than_or() -> None:
    assert value_of("if(1=1 OR 1=2 AND 1=3, 1, 0)") == 1
    assert value_of("if((1=1 OR 1=2) AND 1=3, 1, 0)") == 0
    assert value_of("if(NOT 1=2 AND 1=1, 1, 0)") == 1


def test_text_that_reads_as_numbers_compares_as_numbers() -> None:
    assert value_of("if(n<10, 1, 0)", {"n": "7"}) == 1
    assert value_of("if(n<m, 1, 0)", {"n": "7", "m": "10"}) == 1
    assert value_of("if(n<m, 1, 0)", {"n": "a7", "m": "a10"}) == 0


def test_a_comparison_with_null_is_not_true() -> None:
    for reading in (FIRST, SECOND):
        assert run('search * | where missing="x"', [{}], reading) == []
        assert run('search * | where missing!="x"', [{}], reading) == []
        assert run("search * | where isnull(missing)", [{}], reading) != []


def test_whether_its_negation_is_true_is_a_matter_of_reading() -> None:
    assert run('search * | where NOT missing="x"', [{}], FIRST) == []
    assert run('search * | where NOT missing="x"', [{}], SECOND) != []


def test_null_takes_a_field_away() -> None:
    assert "a" not in run("search * | eval a=null()", [{"a": "1"}])[0]


def test_assignments_see_the_ones_before_them() -> None:
    row = run('search * | eval a=1, b=a+1, "c d"=b+1', [{}])[0]
    assert (row["b"], row["c d"]) == (2, 3)


@pytest.mark.parametrize(
    "expression",
    [
        "frobnicate(a)",
        "if(user, 1, 0)",
        "if(1=1, 1)",
        "case(1=1)",
        "1=1",
        'match("a", "(")',
        r'if(match("a", "\Qa\E"), 1, 0)',
        'if(like("a", "a\\\\%"), 1, 0)',
        'cidrmatch("10.0.0.0", 1)',
        "lower(names)",
        "if(names!=1, 1, 0)",
        "a==",
        'if(a="b" c="d", 1, 0)',
        'strptime("1", "%j")',
    ],
)
def test_what_is_unknown_is_refused(expression: str) -> None:
    with pytest.raises(Refused):
        value_of(expression, _EVENT)
