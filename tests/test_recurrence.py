"""Alerts that say the same again within a day, and those that do not."""

from datetime import UTC, datetime, timedelta

import pytest

from rekey.alert import ActorRef, Alert, CredentialRef, Level, OriginRef, RawEvent, RuleRef
from rekey.recurrence import SAMPLED, joined
from rekey.traits import Found

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
CLIENT = "kubectl/v1.31.0"


def found(
    hours: float = 0, *, level: Level = "high", network: str | None = "10.0.0.0/24", agent: str = CLIENT,
    target: str | None = "secrets", actor: str | None = "job", value: str | None = None, rule: str = "5a0e",
) -> Found:  # fmt: skip
    time, number = BEGIN + timedelta(hours=hours), round(hours * 3600)
    record = RawEvent(
        event_id=f"e{number}", time=time, source="kubernetes_audit", path="a", record=1, document={}
    )
    alert = Alert(
        id=f"a{number}", rule=RuleRef(path="kubernetes/r", id=rule, title="R", level=level),
        sources=("kubernetes_audit",), actor=ActorRef(id=actor), credential=CredentialRef(id=f"JTI={hours}"),
        origins=(OriginRef(network=network, user_agent=agent),), targets=(target,) if target else (),
        targets_total=1 if target else 0, first=time, last=time, count=1, value=value, sample_ids=(f"e{number}",),
        seqs=(number,), events=(record,),
    )  # fmt: skip
    return Found(alert, actor, learned=value is not None)


def test_what_comes_every_hour_is_told_once_a_day() -> None:
    told = joined([found(hours) for hours in range(48)])
    assert [one.alert.count for one in told] == [25, 23]
    first = told[0].alert
    assert (first.id, first.first, first.last) == ("a0", BEGIN, BEGIN + timedelta(hours=24))
    assert first.sample_ids[-1] == first.events[-1].event_id == f"e{24 * 3600}"
    assert len(first.seqs) == len(first.events) == len(first.sample_ids) == 25


@pytest.mark.parametrize(
    "news",
    [
        {"network": "203.0.113.0/24"},
        {"agent": "curl/8.5.0"},
        {"target": "shop/secrets"},
        {"actor": "somebody"},
        {"value": "another"},
        {"rule": "6b1f"},
    ],
)
def test_whatever_is_new_is_told_at_once(news: dict[str, str]) -> None:
    assert len(joined([found(0), found(1, **news), found(2)])) == 2  # type: ignore[arg-type]


def test_numbers_that_run_through_are_not_new() -> None:
    (one,) = joined([found(0, target="pr-12/app"), found(1, target="pr-13/app")])
    assert (one.alert.targets, one.alert.targets_total) == (("pr-12/app", "pr-13/app"), 2)


@pytest.mark.parametrize(
    "nothing", [{"network": None, "target": None}, {"level": "critical"}, {"actor": None}]
)
def test_what_cannot_be_compared_or_is_critical_stays_apart(nothing: dict[str, None]) -> None:
    assert len(joined([found(0, **nothing), found(1, **nothing)])) == 2  # type: ignore[arg-type]


def test_what_fired_before_is_told_apart() -> None:
    alerts = [found(0), found(1), found(2), found(3)]
    told = joined(alerts, since=BEGIN + timedelta(hours=2))
    assert [one.alert.count for one in told] == [2, 2]


def test_a_joined_alert_shows_so_many_records_and_the_last_one() -> None:
    (one,) = joined([found(minute / 60) for minute in range(SAMPLED + 20)])
    assert (one.alert.count, len(one.alert.events)) == (SAMPLED + 20, SAMPLED)
    assert one.alert.events[-1].time == one.alert.last
