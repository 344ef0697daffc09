"""Every event is looked at by the runs whose time holds it, and by no other."""

from tests.spl.schedule import Schedule

_NOON = 1_795_435_200.0


def _minutes(runs: list[float]) -> list[float]:
    return [(run - _NOON) / 60 for run in runs]


def test_runs_by_time() -> None:
    schedule = Schedule("3-59/5 * * * *", "-15m", "-5m")
    assert _minutes(schedule.over([(_NOON, _NOON)])) == [8, 13]


def test_the_first_moment_is_looked_at_and_the_last_is_not() -> None:
    schedule = Schedule("*/5 * * * *", "-10m", "-5m")
    assert _minutes(schedule.over([(_NOON, _NOON)])) == [10]
    assert _minutes(schedule.over([(_NOON + 1, _NOON + 1)])) == [10]
    assert _minutes(schedule.over([(_NOON - 1, _NOON - 1)])) == [5]


def test_runs_by_the_time_of_indexing() -> None:
    schedule = Schedule("*/10 * * * *", "-1d", "+10m", "-10m@m", "@m")
    assert _minutes(schedule.over([(_NOON, _NOON)])) == [10]
    assert _minutes(schedule.over([(_NOON, _NOON + 3599)])) == [60]
    assert _minutes(schedule.over([(_NOON, _NOON + 3600)])) == [70]
    assert schedule.over([(_NOON, _NOON + 2 * 86_400)]) == []


def test_an_event_is_not_looked_at_before_it_is_indexed() -> None:
    schedule = Schedule("*/10 * * * *", "-30m", "now")
    assert _minutes(schedule.over([(_NOON, _NOON + 900)])) == [20, 30]


def test_a_day_is_a_day() -> None:
    schedule = Schedule("30 2 * * *", "-1d@d", "@d")
    (run,) = schedule.over([(_NOON, _NOON)])
    assert (schedule.at(run).earliest, schedule.at(run).latest) == (_NOON - 43_200, _NOON + 43_200)
    assert len(schedule.between(_NOON, _NOON + 3 * 86_400)) == 3
