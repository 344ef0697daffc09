"""A policy cuts the sessions that are older than it, and nothing that only looks like one counts."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.errors import Refused
from rekey.providers.aws.probe import SessionProbe
from tests.providers.account import Account, call, of_role, policy, shown
from tests.providers.incident import Incident


def test_the_sessions_of_a_role_are_cut_and_a_sibling_proves_it(
    account: Account, incident: Callable[..., Incident]
) -> None:
    role = account.role("svc", "responder")
    stolen = account.assume(role, account.key)
    one = incident(stolen["AccessKeyId"], "aws_session_key", role, "aws_role_session")
    plan = one.plan()
    done = one.run(plan)
    assert done.outcome == "contained and verified", done.steps
    assert done.steps["1-cut_sessions"].grade is Grade.A_SIBLING
    assert account.answer(stolen) == "AccessDeniedException"
    assert account.answer(stolen, "sts") == "", "GetCallerIdentity works under a deny: no proof"


def test_the_stolen_session_itself_proves_the_cut_where_it_is_at_hand(
    account: Account, incident: Callable[..., Incident]
) -> None:
    role = account.role("svc")
    stolen = account.assume(role, account.key)
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", role, "aws_role_session",
        presented={stolen["AccessKeyId"]: shown(stolen).reveal(), role: shown(stolen).reveal()},
    )  # fmt: skip
    plan = one.plan()
    done = one.run(plan)
    assert done.steps["1-cut_sessions"].grade is Grade.A
    assert stolen["SessionToken"] not in one.journal_text()
    one.engine(plan).undo(plan.run, "wrong one", one.people.undo(plan, "ada"))
    assert account.answer(stolen) == "", "undone"


def test_a_cut_ends_what_is_older_and_spares_what_is_newer(account: Account) -> None:
    role = account.role("svc")
    old = account.assume(role, account.key)
    time.sleep(1.05)
    cutoff = datetime.now(UTC)
    cut, target = account.action("deny_older_role_sessions"), of_role(account, role)
    cut.apply(call(target, cutoff))
    assert account.answer(old) == "AccessDeniedException"
    time.sleep(1.05)
    assert account.answer(account.assume(role, account.key)) == ""
    seen = cut.observe(call(target, cutoff))
    assert (seen.effect, seen.ours) == ("present", True)
    assert cut.observe(call(target, cutoff + timedelta(minutes=1))).effect == "absent"


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Condition": {"DateLessThan": {"aws:TokenIssueTime": "[policy creation time]"}}},
        {"Condition": {
            "DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"},
            "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
        }},
    ],
    ids=["no condition", "placeholder", "a further condition"],
)  # fmt: skip
def test_a_policy_that_only_looks_like_a_cut_is_none_and_is_not_overwritten(
    account: Account, condition: dict[str, Any]
) -> None:
    role, name = account.role("svc"), "rekey-revoke-sessions"
    document = policy(Effect="Deny", Action="*", Resource="*", **condition)
    account.root.put_role_policy(RoleName="deploy", PolicyName=name, PolicyDocument=document)
    cut, asked = (
        account.action("deny_older_role_sessions"),
        call(of_role(account, role), datetime.now(UTC)),
    )
    assert cut.observe(asked).effect == "absent"
    assert cut.verify(asked)[0].holds is False
    with pytest.raises(Refused, match="not overwritten"):
        cut.apply(asked)


def test_an_earlier_cut_is_moved_and_comes_back_when_undone(account: Account) -> None:
    role = account.role("svc")
    cut, target = account.action("deny_older_role_sessions"), of_role(account, role)
    first, second = datetime.now(UTC) - timedelta(hours=2), datetime.now(UTC)
    cut.apply(call(target, first))
    before = cut.observe(call(target, second))
    cut.apply(call(target, second))
    cut.compensate(call(target, second, before=before))
    assert cut.observe(call(target, second)).effect == "absent"
    assert cut.observe(call(target, first)).effect == "present"


def test_without_a_cut_off_nothing_is_cut(account: Account) -> None:
    for name, target in (
        ("deny_older_role_sessions", of_role(account, account.role("svc"))),
        ("deny_older_user_sessions", account.located(account.key)),
    ):
        with pytest.raises(Refused, match="time at which minting was closed"):
            account.action(name).apply(call(target))
    assert account.root.list_user_policies(UserName="svc")["PolicyNames"] == ["own"]


def test_a_session_is_judged_by_a_call_that_policies_apply_to(account: Account) -> None:
    role = account.role("svc")
    stolen = account.assume(role, account.key)
    probe = account.action("deny_older_role_sessions").probe(
        call(of_role(account, role), presented=shown(stolen))
    )
    assert isinstance(probe, SessionProbe)
    before = probe.present()
    assert [one.holds for one in before] == [False, False], "in two regions"
    assert "GetCallerIdentity" not in before[0].question
    wrong = stolen | {"SecretAccessKey": "wrong"}
    other = account.action("deny_older_role_sessions").probe(
        call(of_role(account, role), presented=shown(wrong))
    )
    assert {one.holds for one in other.present()} == {None}, "a wrong secret proves nothing"
