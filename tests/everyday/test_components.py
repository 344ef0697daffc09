"""Components stand on documentation, repeat themselves to the letter, and stay in their weeks."""

import pytest

from tests.everyday.components import COMPONENTS, aws_ci, github_people
from tests.everyday.world import DAYS, PERIOD, Component

HOUR = 3600.0


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_each_cites_what_it_was_written_from(component: Component) -> None:
    assert "https://" in (component.schedule.__doc__ or "")


def test_names_tell_them_apart() -> None:
    assert len({component.name for component in COMPONENTS}) == len(COMPONENTS)


@pytest.mark.parametrize("component", [aws_ci.COMPONENTS[1], github_people.COMPONENTS[0]])
def test_they_are_the_same_every_time(component: Component) -> None:
    assert component.live() == component.live()


@pytest.mark.parametrize("component", [aws_ci.COMPONENTS[1], github_people.COMPONENTS[0]])
def test_they_live_through_all_of_the_weeks(component: Component) -> None:
    times = [entry.time for entry in component.live()]
    assert times == sorted(times)
    assert PERIOD.start <= times[0] and times[-1] < PERIOD.end + 12 * HOUR
    assert len({int((at - PERIOD.start) // (24 * HOUR)) for at in times}) > DAYS / 2
