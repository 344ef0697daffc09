"""What is folded into habits, and what never is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from rekey.alert import ActorRef, Alert, CredentialRef, Level, OriginRef, RuleRef
from rekey.baselines import Baselines
from rekey.habit import Habit
from rekey.habit_state import recall
from rekey.habits import Habits
from rekey.traits import Found

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOME, ELSEWHERE = "192.0.2.0/24", "203.0.113.0/24"


def alert(
    day: int,
    network: str = HOME,
    target: str = "prod/app",
    level: Level = "medium",
    actor: str | None = "scanner",
    value: str | None = None,
) -> Alert:
    rule = RuleRef(path="aws/some_rule", id="5a0e", title="Some rule", level=level)
    time = BEGIN + timedelta(days=day, hours=3)
    return Alert(
        id=f"{day}-{network}-{target}-{value}", rule=rule, sources=("aws_cloudtrail",), actor=ActorRef(id=actor),
        credential=CredentialRef(), origins=(OriginRef(network=network),), targets=(target,),
        first=time, last=time, count=2, value=value,
    )  # fmt: skip


class Sorter:
    """Runs one after another over one state file, or single runs without one."""

    def __init__(self, state: Path | None) -> None:
        self.state = state

    def __call__(
        self, *alerts: Alert, learned: bool = False, log_days: int = 40
    ) -> tuple[list[Alert], list[Habit]]:
        with duckdb.connect() as db:
            baselines = Baselines(self.state)
            baselines.open(db)
            extents = {"aws_cloudtrail": (BEGIN, BEGIN + timedelta(days=log_days))}
            habits = Habits(db, extents, keep=self.state is not None)
            sorted_out = habits.sort([Found(each, each.actor.id, learned) for each in alerts])
            baselines.save(db)
        return sorted_out


@pytest.fixture
def sort() -> Iterator[Sorter]:
    yield Sorter(None)


def daily(days: int, level: Level = "medium", begin: int = 0) -> list[Alert]:
    return [alert(begin + day, level=level) for day in range(days)]


def without_traits(day: int) -> Alert:
    return alert(day).model_copy(update={"origins": (), "targets": ()})


def test_where_nothing_can_be_compared_nothing_is_a_habit(sort: Sorter) -> None:
    alerts = [without_traits(day) for day in range(30)]
    assert sort(*alerts) == (alerts, [])


@pytest.mark.parametrize(("total", "news"), [(300, False), (301, True), (299, False)])
def test_targets_beyond_those_that_are_named_are_counted(
    total: int, news: bool, tmp_path: Path
) -> None:
    """A thief who reaches for more, after all that the owner reaches for, is told from him."""
    sort = Sorter(tmp_path / "state")
    named = tuple(f"prod/{name}" for name in map(chr, range(0x100, 0x100 + 250)))
    own = [one.model_copy(update={"targets": named, "targets_total": 300}) for one in daily(20)]
    sort(*own)
    last = alert(21).model_copy(update={"targets": named, "targets_total": total})
    assert bool(sort(last)[0]) is news


def test_each_target_that_is_named_is_compared(sort: Sorter) -> None:
    """The last of many is as good as the first."""
    named = tuple(f"prod/{name}" for name in map(chr, range(0x100, 0x100 + 200)))
    own = [one.model_copy(update={"targets": named}) for one in daily(20)]
    theft = alert(21).model_copy(update={"targets": (*named, "prod/payments")})
    alerts, _ = sort(*own, theft)
    assert alerts == [theft]


def test_three_days_are_no_habit(sort: Sorter) -> None:
    alerts = daily(3)
    assert sort(*alerts) == (alerts, [])


def test_from_the_fourth_day_on_it_is_a_habit_since_the_logs_began(sort: Sorter) -> None:
    alerts, (habit,) = sort(*daily(30))
    assert alerts == []
    assert (habit.alerts, habit.events, habit.days) == (30, 60, 30)
    assert habit.since == date(2026, 10, 1)
    assert habit.alert == daily(30)[-1]
    assert habit.because == "known networks, targets"


def test_what_began_later_keeps_its_first_alert(sort: Sorter) -> None:
    late = daily(20, begin=10)
    alerts, (habit,) = sort(*late)
    assert alerts == late[:1]
    assert habit.alerts == 19


def test_a_short_log_does_not_tell_what_was_before_it(sort: Sorter) -> None:
    alerts, _ = sort(*daily(10), log_days=10)
    assert alerts == daily(10)[:1]


def test_a_high_alert_is_seen_once(sort: Sorter) -> None:
    alerts, (habit,) = sort(*daily(30, level="high"))
    assert alerts == daily(1, level="high")
    assert habit.alerts == 29


def test_what_points_at_the_same_again_is_folded_at_once(sort: Sorter) -> None:
    twice = [alert(20, level="low"), alert(20, level="low"), alert(21, level="low")]
    alerts, (habit,) = sort(*twice)
    assert [one.first for one in alerts] == [twice[0].first]
    assert (habit.alerts, habit.days) == (2, 2)
    for news in (alert(20, ELSEWHERE, level="low"), alert(20, target="prod/db", level="low")):
        assert sort(twice[0], news) == ([twice[0], news], [])


def test_a_pointer_is_shown_again_when_the_same_log_is_read_again(tmp_path: Path) -> None:
    sort = Sorter(tmp_path / "learned.state")
    first, again = alert(20, level="low"), alert(21, level="low")
    for _ in range(2):
        assert sort(first, again)[0] == [first]
    assert sort(alert(22, level="low"))[0] == []


def test_a_critical_rule_has_no_habits(sort: Sorter) -> None:
    alerts = daily(30, level="critical")
    assert sort(*alerts) == (alerts, [])


def test_alerts_of_nobody_are_no_habit(sort: Sorter) -> None:
    alerts = [alert(day, actor=None) for day in range(30)]
    assert sort(*alerts) == (alerts, [])


@pytest.mark.parametrize("theft", [alert(31, network=ELSEWHERE), alert(31, target="prod/payments")])
def test_a_thief_comes_from_elsewhere_or_reaches_for_something_else(
    sort: Sorter, theft: Alert
) -> None:
    alerts, (habit,) = sort(*daily(31), theft)
    assert alerts == [theft]
    assert habit.alerts == 31


def test_another_identity_has_no_part_in_it(sort: Sorter) -> None:
    other = alert(31, actor="somebody")
    alerts, _ = sort(*daily(31), other)
    assert alerts == [other]


def test_names_that_run_through_are_one(sort: Sorter) -> None:
    alerts, (habit,) = sort(*(alert(day, target=f"prod/pr-{day + 100}") for day in range(20)))
    assert alerts == []
    assert habit.alerts == 20


def test_networks_that_change_every_day_tell_nothing(sort: Sorter) -> None:
    runners = [alert(day, network=f"198.51.{day}.0/24") for day in range(20)]
    theft = alert(21, network="203.0.113.0/24", target="prod/payments")
    alerts, (habit,) = sort(*runners, theft)
    assert alerts == [theft]
    assert habit.because == "known targets; networks change all the time"


def test_a_pool_of_addresses_is_not_a_new_one_every_day(sort: Sorter) -> None:
    pool = [alert(day, network=f"198.51.{day % 4}.0/24") for day in range(30)]
    theft = alert(31, network=ELSEWHERE)
    alerts, _ = sort(*pool, theft)
    assert alerts[-1] == theft


def test_where_everything_is_new_every_day_nothing_is_a_habit(sort: Sorter) -> None:
    letters = "abcdefghijklmnopqrst"
    alerts = [
        alert(day, network=f"198.51.{day}.0/24", target=f"prod/{letters[day]}") for day in range(20)
    ]
    assert sort(*alerts) == (alerts, [])


def test_the_new_value_of_a_first_seen_rule_is_compared(sort: Sorter) -> None:
    pulls = [alert(day, value=f"repo:shop:environment:pr-{day}") for day in range(20)]
    fork = alert(21, value="repo:fork:ref:refs/heads/main")
    alerts, (habit,) = sort(*pulls, fork, learned=True)
    assert alerts == [fork]
    assert habit.alerts == 20


def test_a_role_of_many_repositories_is_open_to_those_of_one_owner_only(sort: Sorter) -> None:
    """Where every week brings another repository, that of a stranger would be one more."""
    issuer = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    own = [
        alert(
            day, f"192.0.{day}.0/24", value=f"{issuer} repo:shop/service-{chr(97 + day)}:ref:main"
        )
        for day in range(20)
    ]
    stranger = alert(21, value=f"{issuer} repo:shop-evil/pwn:ref:main")
    forged = alert(22, value=f"{issuer.replace('token', 'oidc')} repo:shop/service-a:ref:main")
    alerts, (habit,) = sort(*own, stranger, forged, learned=True)
    assert alerts[-2:] == [stranger, forged]
    assert habit.because == "known targets, owners; networks, values change all the time"


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("account 444455556666", "account 555555555555"),
        ("account 444455556666, 123456789012", "account 444455556666, 555555555555"),
        ("everybody, 444455556666", "everybody, 555555555555"),
        ("account 444455556666, all", "account 555555555555, all"),
    ],
)
def test_an_account_to_which_something_is_opened_is_compared(
    sort: Sorter, known: str, other: str
) -> None:
    nightly = [alert(day, target=known) for day in range(20)]
    stranger = alert(21, target=other)
    alerts, (habit,) = sort(*nightly, stranger)
    assert alerts == [stranger]
    assert habit.alerts == 20


def test_what_was_learned_holds_in_the_next_run(tmp_path: Path) -> None:
    sort = Sorter(tmp_path / "learned.state")
    sort(*daily(5, level="high"))
    again, theft = alert(20, level="high"), alert(20, network=ELSEWHERE, level="high")
    alerts, (habit,) = sort(again, theft)
    assert alerts == [theft]
    assert (habit.alerts, habit.days, habit.since) == (1, 6, date(2026, 10, 1))


def test_reading_the_same_log_twice_makes_no_habit(tmp_path: Path) -> None:
    sort = Sorter(tmp_path / "learned.state")
    for _ in range(5):
        assert sort(*daily(3)) == (daily(3), [])


def test_a_theft_that_is_looked_at_twice_is_told_twice(tmp_path: Path) -> None:
    sort = Sorter(tmp_path / "learned.state")
    theft = alert(6, network=ELSEWHERE, target="prod/other", level="high")
    for _ in range(3):
        alerts, (habit,) = sort(*daily(5, level="high"), theft)
        assert alerts[-1] == theft
        assert habit.alerts == 4


def test_what_lies_more_than_a_year_back_vouches_for_nothing_and_is_forgotten(
    tmp_path: Path,
) -> None:
    sort = Sorter(tmp_path / "state")
    sort(*(alert(day) for day in (-400, -399, -398, -300)))
    told, habits = sort(alert(0))
    assert len(told) == 1 and not habits, "one day within the year is no habit"
    with duckdb.connect() as db:
        baselines = Baselines(sort.state)
        baselines.open(db)
        days = {day for *_, day, _ in recall(db)}
    assert days == {(BEGIN + timedelta(days=day)).date() for day in (-300, 0)}
