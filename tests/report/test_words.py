from datetime import UTC, datetime, timedelta, timezone

import pytest

from rekey.report import words
from tests.report.samples import CASE, CREDENTIALS, at, empty, investigation

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(41, "41 s"), (60, "1 min"), (1_620, "27 min"), (11_520, "3 h 12 min"), (7_200, "2 h"),
     (187_200, "2 d 4 h"), (172_800, "2 d"), (-5, "0 s")],
)  # fmt: skip
def test_durations_have_two_units(seconds: int, said: str) -> None:
    assert words.duration(timedelta(seconds=seconds)) == said


def test_times_are_told_in_utc() -> None:
    east = datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=2)))
    assert words.when(east) == "2026-11-19 23:00:00"
    assert words.when(None) == "–"


def test_a_span_names_the_day_once_if_it_can() -> None:
    assert words.span(NINE, NINE) == "2026-11-20 09:00:00"
    later = NINE + timedelta(hours=2)
    assert words.span(NINE, later) == "2026-11-20 09:00:00 – 11:00:00"
    assert words.span(NINE, NINE + timedelta(days=1)).count("2026-11-2") == 2


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (48_211_904, "48.2 MB"), (9e15, "9,000.0 TB")]
)
def test_sizes(count: float, said: str) -> None:
    assert words.size(int(count)) == said


def test_verdict_counts_cases_by_level() -> None:
    assert words.verdict(investigation()) == "One critical case needs a response."
    medium = CASE.model_copy(update={"level": "medium"})
    alone = words.verdict(investigation(cases=(medium,)))
    assert alone == "One medium-severity case needs a response."
    three = words.verdict(investigation(cases=(medium, CASE, medium)))
    assert three == "3 cases need a response: 1 critical, 2 medium."
    both = words.verdict(investigation(cases=(medium, medium)))
    assert both == "2 medium-severity cases need a response."


def test_verdict_without_a_case_still_names_the_alerts() -> None:
    said = words.verdict(investigation(cases=()))
    assert said == "No case was opened, but 1 lone alert needs a look: 1 medium, 4 low."
    quiet = investigation(cases=())
    low = [each for each in quiet.other_alerts if each.rule.level == "low"]
    said = words.verdict(quiet.model_copy(update={"other_alerts": tuple(low)}))
    assert said == "No case was opened; 4 lone alerts: 4 low."
    assert words.verdict(empty()) == "No case and no alert."


def test_caveat_names_everything_that_limits_the_verdict() -> None:
    said = words.caveat(investigation())
    assert "; 2 questions could not be answered" in said
    assert "no spire_audit logs" in said
    assert "quiet stretches in kubernetes_audit" in said
    assert "14 records" in said
    assert words.caveat(empty()) == ""


def test_an_unknown_owner_is_said() -> None:
    assert words.owner(None) == "unknown owner"
    assert words.owner(CASE.actors[2].owner) == (
        "team-payments, Payments, ledger, tier 1, payments-oncall@example.com"
    )


def test_a_bare_tier_is_named() -> None:
    told = CASE.actors[2].owner
    assert told is not None
    assert "tier 3" in words.owner(told.model_copy(update={"tier": "3"}))


def test_validity_is_never_more_certain_than_the_log() -> None:
    said = [words.validity(node) for node in CREDENTIALS]
    assert said[0] == "validity unknown"
    assert said[1] == "expired 2026-11-20 09:20:39"
    assert said[2] == "valid until 2026-11-20 21:15:41"
    assert said[7] == "valid, no expiry logged"


def test_what_somebody_revoked_is_told_with_who_and_when() -> None:
    by = "arn:aws:iam::111122223333:user/responder"
    ended = {"validity": "revoked", "revoked_at": at("14:00:00"), "revoked_by": by}
    node = CREDENTIALS[7].model_copy(update=ended)
    assert words.validity(node) == "revoked 2026-11-20 14:00:00"
    assert words.validity_and_use(node).startswith(
        f"revoked 2026-11-20 14:00:00 by {by}; last used"
    )
    case = CASE.model_copy(update={"credentials": (*CREDENTIALS[:7], node)})
    assert node not in words.standing(case)
    told = words.standing_count(case)
    assert told == "2 of 8 credentials had not expired when the logs ended, and 2 more may not have"


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (1, "the credential had expired or been revoked when the logs ended"),
        (2, "all 2 credentials had expired or been revoked when the logs ended"),
    ],
)
def test_where_none_is_left_it_is_said_so(ended: int, told: str) -> None:
    gone = CREDENTIALS[2].model_copy(update={"validity": "expired"})
    case = CASE.model_copy(update={"credentials": (gone,) * ended})
    assert words.standing_count(case) == told


def test_a_response_must_reach_what_is_valid_and_what_may_be() -> None:
    found = words.standing(CASE)
    assert [(node.credential.id, node.validity) for node in found] == [
        (CREDENTIALS[place].credential.id, "valid" if place in (2, 5, 7) else "unknown")
        for place in (2, 5, 7, 0, 6)
    ]
    told = words.standing_count(CASE)
    assert told == "3 of 8 credentials had not expired when the logs ended, and 2 more may not have"
    assert words.validity_and_use(found[0]).startswith("valid until 2026-11-20 21:15:41; last used")
