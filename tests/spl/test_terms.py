"""Terms of ``search``, after the examples in Splunk's Search Manual."""

import pytest

from tests.spl.refusal import Refused
from tests.spl.runs import column, every_reading, run
from tests.spl.values import Row

# https://docs.splunk.com/Documentation/Splunk/9.0.2/Search/NOTexpressions
PONIES: list[Row] = [
    {"ID": "101M3", "Name": "McIntosh", "Color": "Chestnut", "Location": "Marin Meadows"},
    {"ID": "104F5", "Name": "Lyra", "Color": "Bay"},
    {"ID": "104M6", "Name": "Rutherford", "Color": "Dun", "Location": "Placer Pastures"},
    {"ID": "101F2", "Name": "Rarity", "Location": "Marin Meadows"},
    {"ID": "102M7", "Name": "Dash", "Color": "Black", "Location": "Calaveras Farms"},
    {"ID": "102M1", "Name": "Roan"},
    {"ID": "101F6", "Color": "Chestnut", "Location": "Marin Meadows"},
    {"ID": "104F4", "Name": "Pinkie", "Color": "Sorrel", "Location": "Placer Pastures"},
    {"ID": "102M8", "Name": "Spike", "Color": "Grey", "Location": "Calaveras Farms"},
]


@every_reading
def test_not_equal_needs_the_field_and_not_does_not(reading) -> None:
    differs = run('Location!="Calaveras Farms"', PONIES, reading)
    assert column(differs, "ID") == ["101M3", "104M6", "101F2", "101F6", "104F4"]
    negated = run('NOT Location="Calaveras Farms"', PONIES, reading)
    assert {"104F5", "102M1"} < set(column(negated, "ID"))
    assert len(negated) == 7


# https://docs.splunk.com/Documentation/Splunk/6.6.2/Search/Booleanexpressions
@pytest.mark.parametrize(
    ("a", "b", "c"), [(a, b, c) for a in (0, 1) for b in (0, 2) for c in (0, 3)]
)
def test_or_binds_tighter_than_and(a: int, b: int, c: int) -> None:
    row: Row = {"A": str(a), "B": str(b), "C": str(c)}
    wanted = a == 1 and (b == 2 or c == 3)
    assert bool(run("A=1 AND B=2 OR C=3", [row])) == wanted
    assert bool(run("A=1 B=2 OR C=3", [row])) == wanted
    assert bool(run("(A=1 AND B=2 ) OR C=3", [row])) == ((a == 1 and b == 2) or c == 3)


def test_not_applies_to_the_next_term_alone() -> None:
    rows: list[Row] = [{"a": "1", "b": "1"}, {"a": "2", "b": "1"}, {"a": "2", "b": "2"}]
    assert run("NOT a=1 b=1", rows) == run("a=2 b=1", rows) != []
    assert len(run("NOT (a=1 b=1)", rows)) == 2


# https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Search
@pytest.mark.parametrize(
    ("term", "value", "found"),
    [
        ('user="Root"', "root", True),
        ("user=ROOT", "root", True),
        ("User=root", "root", False),
        ("user=r*t", "root", True),
        ('user="*oo*"', "root", True),
        ("user=r?ot", "root", False),
        (r'user="a\"b"', 'a"b', True),
        (r'user="c:\\temp"', r"c:\temp", True),
        (r'user="a\*b"', r"a\xb", True),
        ("user=*", "", True),
        ("user=10.0.0.0/8", "10.1.2.3", True),
        ('user="10.0.0.0/8"', "11.1.2.3", False),
        ('user="2001:db8::/32"', "2001:db8:1::2", True),
        ("user>=5", "10", True),
        ("user<5", "10", False),
        ("user>5", "many", False),
        ('user IN ("a", "ro*")', "root", True),
        ("user IN (a, b)", "root", False),
        ('user="x | y [z] (w)"', "x | y [z] (w)", True),
    ],
)
def test_values(term: str, value: str, found: bool) -> None:
    assert bool(run(term, [{"user": value}])) == found


def test_any_value_of_a_multivalue_field_matches() -> None:
    row: Row = {"groups{}": ("system:masters", "dev")}
    assert run('"groups{}"="system:masters"', [row]) == run("groups{}=dev", [row]) != []
    with pytest.raises(Refused):
        run("groups{}!=dev", [row])


@pytest.mark.parametrize(
    "search",
    [
        "root",
        "a=1 OR",
        "AND a=1",
        "NOT",
        "a= ",
        'a="b',
        "(a=1",
        "a=1)",
        "a=1 | frobnicate b",
        "a=1 | | head 1",
        "| stats count",
        "a==1",
        "earliest=-1h a=1",
        "a=1 tag=x",
        "a IN ()",
        "",
    ],
)
def test_what_is_unknown_is_refused(search: str) -> None:
    with pytest.raises(Refused):
        run(search, [{"a": "1"}])
