from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rekey.report.time_scale import scale
from tests.report.samples import at

MOMENTS = st.lists(
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    min_size=1,
    max_size=40,
)


@given(MOMENTS)
def test_moments_keep_their_order_and_stay_within_the_axis(moments: list[datetime]) -> None:
    axis = scale(moments, 100, 900)
    places = [axis.x(moment) for moment in sorted(moments)]
    assert all(left <= right + 1e-6 for left, right in pairwise(places))
    assert places[0] >= 100 - 1e-6 and places[-1] <= 900 + 1e-6


@given(MOMENTS)
def test_labels_do_not_overlap(moments: list[datetime]) -> None:
    ticks = scale(moments, 100, 900).ticks()
    assert ticks and ticks[0].date
    assert all(right.x - left.x >= 60 for left, right in pairwise(ticks))


def test_a_long_quiet_time_is_cut_and_named() -> None:
    axis = scale([at("09:00:00"), at("09:10:00"), at("13:05:00"), at("13:07:00")], 0, 1000)
    assert [cut.length for cut in axis.cuts] == ["3 h 55 min"]
    before, after = axis.x(at("09:10:00")), axis.x(at("13:05:00"))
    assert after - before < 60
    assert axis.x(at("13:07:00")) - after > 200


def test_an_even_spread_is_not_cut() -> None:
    moments = [at("09:00:00") + timedelta(minutes=10 * place) for place in range(20)]
    assert scale(moments, 0, 1000).cuts == ()


def test_one_moment_stands_in_the_middle() -> None:
    axis = scale([at("09:00:00")], 0, 100)
    assert axis.x(at("09:00:00")) == 50
    assert [tick.label for tick in axis.ticks()] == ["09:00:00"]


def test_a_new_day_is_named_once() -> None:
    moments = [at("22:00:00") + timedelta(minutes=30 * place) for place in range(12)]
    assert [tick.date for tick in scale(moments, 0, 1000).ticks() if tick.date] == [
        "2026-11-20", "2026-11-21"
    ]  # fmt: skip
