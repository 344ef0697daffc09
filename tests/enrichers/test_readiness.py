"""Readiness: sources that are missing, their gaps, and clocks that are wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rekey.case import SourceReadiness
from rekey.converters.registry import registry
from rekey.enrichers.readiness import readiness
from tests.made_stores import store_of

START = datetime(2026, 11, 3, tzinfo=UTC)


def record(minutes: float, name: str) -> dict[str, Any]:
    time = START + timedelta(minutes=minutes)
    return {
        "eventVersion": "1.10", "eventID": name, "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity",
        "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.1", "userAgent": "x",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a",
                         "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
                         "accessKeyId": "AKIAEXAMPLE"},
        "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
    }  # fmt: skip


def told(*minutes: float, now: datetime = START + timedelta(days=30)) -> SourceReadiness:
    log = [record(at, f"e{n}") for n, at in enumerate(minutes)]
    with store_of("aws_cloudtrail", [log], []) as store:
        found = {source.source: source for source in readiness(store, now)}
    assert list(found) == list(registry())
    missing = [source for name, source in found.items() if name != "aws_cloudtrail"]
    assert all(not source.present and source.notes for source in missing)
    return found["aws_cloudtrail"]


def test_a_source_tells_how_much_and_from_when_to_when() -> None:
    source = told(0, 1, 2, 3)
    assert (source.present, source.events) == (True, 4)
    assert (source.first, source.last) == (START, START + timedelta(minutes=3))
    assert source.gaps == () and source.notes == ()


def test_a_silence_that_is_unusual_is_a_gap() -> None:
    steady = [float(n) for n in range(60)]
    source = told(*steady, 59 + 61, *(59 + 61 + n for n in range(1, 30)))
    assert source.gaps == ((START + timedelta(minutes=59), START + timedelta(minutes=120)),)


def test_a_source_that_is_always_slow_has_no_gaps() -> None:
    assert told(*(float(n) for n in range(0, 60_000, 6_000))).gaps == ()


def test_an_hour_is_the_least_gap() -> None:
    assert told(*(n / 60 for n in range(60)), 55).gaps == ()


def test_duplicates_and_clocks_that_are_ahead_are_noted() -> None:
    log = [record(0, "same"), record(0, "same"), record(1, "other")]
    with store_of("aws_cloudtrail", [log], []) as store:
        source = next(s for s in readiness(store, START) if s.present)
    assert source.events == 2
    assert any("1 records are duplicates" in note for note in source.notes)
    assert any("future" in note for note in source.notes)
