"""stats, eventstats and streamstats, after the examples in Splunk's Search Reference."""

import pytest

from tests.spl.reading import FIRST, SECOND
from tests.spl.refusal import Refused
from tests.spl.runs import START, column, every_reading, run
from tests.spl.values import Row

# https://docs.splunk.com/Documentation/SCS/current/SearchReference/StreamstatsCommandUsage
BYTES: list[Row] = [
    {"host": "x", "bytes": "100", "action": "LOGON"},
    {"host": "y", "bytes": "200", "action": "APP_START"},
    {"host": "x", "bytes": "400", "action": "FILE_DOWNLOAD"},
    {"host": "x", "bytes": "50", "action": "REBOOT"},
    {"host": "y", "bytes": "150", "action": "LOGON"},
    {"host": "x", "bytes": "100", "action": "LOGON"},
]


def _totals(options: str) -> list[object]:
    search = f"search * | streamstats {options} sum(bytes) AS total by host"
    return column(run(search, BYTES), "total")


def test_streamstats_runs_a_total_and_resets_it_for_all_groups() -> None:
    assert _totals("") == [100, 200, 500, 550, 350, 650]
    assert _totals('reset_after=(action="REBOOT")') == [100, 200, 500, 550, 150, 100]
    assert _totals('reset_before=(action="REBOOT")') == [100, 200, 500, 50, 150, 150]
    assert _totals("reset_on_change=true") == [100, 200, 400, 450, 150, 100]


def test_streamstats_without_the_current_row() -> None:
    assert _totals("current=f") == [None, None, 100, 500, 200, 550]


def test_a_window_is_shared_by_all_groups_unless_told_otherwise() -> None:
    assert _totals("window=2") == [100, 200, 400, 450, 150, 100]
    assert _totals("window=2 global=f") == [100, 200, 500, 450, 350, 150]


@every_reading
def test_a_time_window_slides(reading) -> None:
    rows: list[Row] = [{"_time": START - age, "src": str(age)} for age in (0, 3000, 3599, 7300)]
    found = run("search * | streamstats time_window=1h dc(src) AS n", rows, reading)
    assert column(found, "n") == [1, 2, 3, 1]


def test_whether_a_time_window_holds_its_edge_is_a_matter_of_reading() -> None:
    rows: list[Row] = [{"_time": START, "src": "a"}, {"_time": START - 3600, "src": "b"}]
    search = "search * | sort 0 _time | streamstats time_window=1h dc(src) AS n"
    assert column(run(search, rows, FIRST), "n") == [1, 1]
    assert column(run(search, rows, SECOND), "n") == [1, 2]


def test_a_time_window_needs_rows_in_order_of_time() -> None:
    with pytest.raises(Refused):
        run("search * | sort 0 bytes | streamstats time_window=1h count", BYTES)


def test_streamstats_refuses_more_rows_than_the_limit() -> None:
    rows: list[Row] = [{"n": str(n)} for n in range(10_001)]
    with pytest.raises(Refused):
        run("search * | streamstats last(n) AS n", rows)


def test_stats_groups_and_counts() -> None:
    found = run("search * | stats count dc(action) AS kinds sum(bytes) by host", BYTES)
    assert found == [
        {"host": "x", "count": 4, "kinds": 3, "sum(bytes)": 650},
        {"host": "y", "count": 2, "kinds": 2, "sum(bytes)": 350},
    ]


def test_rows_without_a_by_field_are_left_out() -> None:
    found = run("search * | stats count by host", [*BYTES, {"bytes": "1"}])
    assert column(found, "count") == [4, 2]


def test_stats_without_groups_counts_nothing_as_zero() -> None:
    assert run("search host=z | stats count", BYTES) == [{"count": 0}]
    assert run("search host=z | stats count by host", BYTES) == []


# https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/CommonStatsFunctions
@pytest.mark.parametrize(
    ("aggregation", "result"),
    [
        ("values(v)", ("a", "b", "c")),
        ("list(v)", ("b", "a", "c", "a")),
        ("dc(v)", 3),
        ("count(v)", 4),
        ("min(n)", "3"),
        ("max(n)", "20"),
        ("avg(n)", 11.5),
        ("range(n)", 17),
        ("first(n)", "20"),
        ("last(n)", "3"),
        ("earliest(n)", "3"),
        ("latest(n)", "20"),
        ('count(eval(n>5 AND n<100)) AS "count(v)"', 1),
        ('dc(eval(if(n>5, "x", null()))) AS x', 1),
    ],
)
def test_aggregations(aggregation: str, result: object) -> None:
    rows: list[Row] = [{"n": "20", "v": ("b", "a")}, {"v": "c"}, {"n": "3", "v": "a"}]
    assert list(run(f"search * | stats {aggregation}", rows)[0].values()) == [result]


def test_eventstats_adds_the_same_to_each_row() -> None:
    rows = run("search * | eventstats max(bytes) AS most by host", [*BYTES, {"bytes": "9"}])
    assert column(rows, "most") == ["400", "200", "400", "400", "200", "400", None]


@pytest.mark.parametrize(
    "command",
    [
        "stats count by",
        "stats by host",
        "stats nosuch(bytes) by host",
        "stats dc() by host",
        "stats count as by host",
        "stats count by action{}",
        "streamstats time_window= count",
        "streamstats frobnicate=1 count",
        "streamstats time_window=1mon count",
        "eventstats count dc(host) AS count",
        "stats count by 'host'",
    ],
)
def test_what_is_unknown_is_refused(command: str) -> None:
    with pytest.raises(Refused):
        run(f"search * | {command}", [{**BYTES[0], "action{}": ("a", "b")}])
