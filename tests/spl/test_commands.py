"""Commands that filter, shape and combine rows, after Splunk's Search Reference."""

import pytest

from tests.spl.reading import FIRST, SECOND
from tests.spl.refusal import Refused
from tests.spl.runs import START, column, every_reading, run
from tests.spl.schedule import Range
from tests.spl.search import Search
from tests.spl.values import Row

_ROWS: list[Row] = [
    {"user": "a", "n": "10"},
    {"user": "b", "n": "9"},
    {"user": "a", "n": "1"},
    {"n": "5"},
]


def test_dedup_keeps_the_first_of_each_and_drops_rows_without_the_field() -> None:
    assert column(run("search * | dedup user", _ROWS), "n") == ["10", "9"]
    assert column(run("search * | dedup 2 user", _ROWS), "n") == ["10", "9", "1"]
    kept = run("search * | dedup user keepempty=true", _ROWS)
    assert column(kept, "n") == ["10", "9", "5"]
    assert column(run("search n!=5 | dedup user sortby +n", _ROWS), "n") == ["1", "9"]


def test_sort_is_numeric_for_numbers_and_turns_with_a_minus() -> None:
    assert column(run("search * | sort 0 n", _ROWS), "n") == ["1", "5", "9", "10"]
    assert column(run("search * | sort -n", _ROWS), "n") == ["10", "9", "5", "1"]
    assert column(run("search * | sort 2 n", _ROWS), "n") == ["1", "5"]
    assert column(run("search * | sort 0 str(n)", _ROWS), "n") == ["1", "10", "5", "9"]


def test_equal_rows_come_in_an_order_that_no_search_may_rely_on() -> None:
    rows: list[Row] = [{"_time": START, "n": "1"}, {"_time": START, "n": "2"}]
    orders = [column(run("search * | sort 0 _time", rows, r), "n") for r in (FIRST, SECOND)]
    assert sorted(map(str, orders)) == ["['1', '2']", "['2', '1']"]


def test_sort_takes_ten_thousand_rows_unless_told_otherwise() -> None:
    rows: list[Row] = [{"n": str(n)} for n in range(10_001)]
    assert len(run("search * | sort n", rows)) == 10_000
    assert len(run("search * | sort 0 n", rows)) == 10_001


@every_reading
def test_a_search_finds_its_time_range_newest_first(reading) -> None:
    rows: list[Row] = [{"_time": START - age, "n": str(age)} for age in (2, 0, 1)]
    assert column(run("search *", rows, reading), "n") == ["0", "1", "2"]


def test_fields_keeps_the_internal_ones_and_table_does_not() -> None:
    assert set(run("search * | fields user", _ROWS)[0]) == {"user", "_time"}
    assert set(run("search * | table user, n", _ROWS)[0]) == {"user", "n"}
    assert set(run("search * | fields - _time n", _ROWS)[0]) == {"user"}


def test_rename_and_fillnull() -> None:
    assert run('search * | rename user AS "a.b" | table a.b', _ROWS)[0] == {"a.b": "a"}
    filled = run('search * | fillnull value="-" user', _ROWS)
    assert column(filled, "user") == ["a", "b", "a", "-"]


def test_mvexpand_makes_a_row_of_each_value() -> None:
    rows = run("search * | mvexpand names", [{"names": ("x", "y")}, {"n": "1"}])
    assert column(rows, "names") == ["x", "y", None]


def test_bin_rounds_down() -> None:
    rows = run("search * | eval n=tonumber(n) | bin n span=4 AS low", _ROWS)
    assert column(rows, "low") == [8, 8, 0, 4]


# https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Rex
def test_rex_makes_fields_of_named_groups() -> None:
    row: Row = {"_raw": "From: Susan To: Bob"}
    found = run('search * | rex "From: (?<from>\\w+) To: (?<to>.*)"', [row])[0]
    assert (found["from"], found["to"]) == ("Susan", "Bob")
    many = run('search * | rex field=x max_match=0 "(?<digit>\\d)"', [{"x": "a1b2"}])[0]
    assert many["digit"] == ("1", "2")


def test_multisearch_runs_searches_together() -> None:
    search = (
        '| multisearch [search user=a | eval step="one"] [search user=b | eval step="two | ]"] '
        "| stats count by step"
    )
    assert column(run(search, _ROWS), "count") == [2, 1]
    with pytest.raises(Refused):
        run("| multisearch [search user=a | stats count] [search user=b]", _ROWS)


def test_append_puts_rows_last() -> None:
    rows = run("search user=b | append [search user=a | head 1]", _ROWS)
    assert column(rows, "user") == ["b", "a"]


def test_makeresults_makes_rows_of_the_moment() -> None:
    assert run("| makeresults count=2 | eval x=now()", [])[1]["x"] == START + 1


def test_addinfo_says_where_the_time_range_ends() -> None:
    bounded = Search([{"_time": START}], FIRST, START + 9, Range(START - 1, START + 5))
    assert column(bounded.run("search * | addinfo"), "info_max_time") == [START + 5]
    open_ended = run("search * | addinfo", [{"n": "1"}])
    assert column(open_ended, "info_max_time") == ["+Infinity"]


def test_eventstats_is_refused_where_it_may_leave_fields_out() -> None:
    rows: list[Row] = [{"n": "1"} for _ in range(50_001)]
    with pytest.raises(Refused):
        run("search * | eventstats count as all", rows)


@pytest.mark.parametrize(
    "command",
    [
        "sort",
        "sort 0 user",
        "dedup",
        "dedup user frobnicate=1",
        "fields",
        "fields na*",
        "bin _time",
        "fillnull",
        'rex "(?<a>"',
        "eval a=1 b=2",
        "rename a AS",
        "head ten",
        "table",
        "append [search user=a",
        "multisearch [search user=a]",
        "sort - n user",
    ],
)
def test_what_is_unknown_is_refused(command: str) -> None:
    with pytest.raises(Refused):
        run(f"search * | {command}", _ROWS)
