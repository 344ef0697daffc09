"""Sessions are cut by their names, and whoever bears another one goes on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.errors import Refused
from rekey.providers.aws.principals import listed
from tests.providers.account import Account, policy, shown
from tests.providers.aws.test_sessions import located, of_run
from tests.providers.incident import Incident

RUN, LATER = "0" * 12, "1" * 12


@pytest.fixture
def cut(account: Account) -> Any:
    return account.action("deny_named_role_sessions")


def test_the_thiefs_session_is_cut_and_an_honest_one_goes_on(
    account: Account, incident: Callable[..., Incident]
) -> None:
    role = account.role("svc", "responder")
    honest = account.assume(role, account.responder, "worker")
    stolen = account.assume(role, account.key, "thief")
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", role, "aws_single_session",
        presented={role: shown(stolen).reveal()},
    )  # fmt: skip
    plan = one.plan()
    (step,) = [step for step in plan.steps if step.phase == "cut"]
    assert "named thief" in step.breaks[0]
    assert step.residual and "under other names" in step.residual
    assert step.residual_until is not None
    hour = timedelta(hours=1)
    assert abs(step.residual_until - datetime.now(UTC) - hour) < hour / 2, (
        "as long as the role lets"
    )
    done = one.run(plan)
    assert done.steps[step.id].grade is Grade.A
    assert done.outcome == "contained, exposure remains"
    assert account.answer(stolen) == "AccessDeniedException"
    assert account.answer(stolen, "sts") == "", "GetCallerIdentity works under a deny: no proof"
    assert account.answer(honest) == ""
    one.engine(plan).undo(plan.run, "wrong one", one.people.undo(plan, "ada"))
    assert account.answer(stolen) == "", "undone"


def test_an_honest_session_of_the_same_name_is_cut_too_and_the_plan_says_so(
    account: Account, cut: Any
) -> None:
    """The name is the caller's choice: it tells nobody who opened the session."""
    role = account.role("svc", "responder")
    target = located(account, account.assume(role, account.key, "worker"), role)
    honest = account.assume(role, account.responder, "worker")
    assert (
        "all sessions of deploy named worker, also later ones"
        in cut.forecast(of_run(target, RUN)).breaks[0]
    )
    cut.apply(of_run(target, RUN))
    assert account.answer(honest) == "AccessDeniedException"


def test_what_the_thief_opens_under_another_name_is_open_until_the_mint_is_closed(
    account: Account, cut: Any
) -> None:
    role = account.role("svc")
    stolen = account.assume(role, account.key, "thief")
    cut.apply(of_run(located(account, stolen, role), RUN))
    assert account.answer(stolen) == "AccessDeniedException"
    assert account.answer(account.assume(role, account.key, "Thief")) == "", "another name"


def test_several_sessions_are_cut_by_one_policy(
    account: Account, incident: Callable[..., Incident]
) -> None:
    role = account.role("svc")
    stolen, more = (account.assume(role, account.key, name) for name in ("thief", "robber"))
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", role, "aws_single_session",
        beside=(more["AccessKeyId"],),
    )  # fmt: skip
    one.run(one.plan())
    assert {account.answer(held) for held in (stolen, more)} == {"AccessDeniedException"}
    assert len(account.root.list_role_policies(RoleName="deploy")["PolicyNames"]) == 2


def test_a_session_whose_name_nobody_tells_is_left_open_and_not_passed_over(
    account: Account, incident: Callable[..., Incident]
) -> None:
    role = account.role("svc")
    stolen = account.assume(role, account.key)
    one = incident(
        stolen["AccessKeyId"], "aws_session_key", role, "aws_single_session",
        beside=("ASIAOFANOTHERSESSION",),
    )  # fmt: skip
    plan = one.plan()
    assert "cut" not in {step.phase for step in plan.steps}
    (left,) = [left for left in plan.left_out if left.step == "1-cut_named"]
    assert (left.exposure, "ASIAOFANOTHERSESSION" in left.why) == ("open", True)


def test_each_run_has_a_policy_of_its_own_and_undoes_no_other(account: Account, cut: Any) -> None:
    role = account.role("svc")
    held = [account.assume(role, account.key, name) for name in ("thief", "robber")]
    first, second = (
        of_run(located(account, one, role), run)
        for one, run in zip(held, (RUN, LATER), strict=True)
    )
    cut.apply(first)
    assert cut.observe(second).effect == "absent"
    cut.apply(second)
    cut.apply(second)
    cut.compensate(first)
    assert [account.answer(one) for one in held] == ["", "AccessDeniedException"]
    assert (cut.observe(first).effect, cut.observe(second).ours) == ("absent", True)
    cut.compensate(second)
    cut.compensate(second)
    assert account.root.list_role_policies(RoleName="deploy")["PolicyNames"] == ["own"]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Condition": {"StringEquals": {"aws:userid": ["AROAX:somebody"]}}},
        {"Condition": {
            "StringEquals": {"aws:userid": "{mine}"},
            "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
        }},
    ],
    ids=["no condition", "another session", "a further condition"],
)  # fmt: skip
def test_a_policy_that_only_looks_like_it_is_not_taken_for_the_cut(
    account: Account, cut: Any, condition: dict[str, Any]
) -> None:
    role = account.role("svc")
    asked = of_run(located(account, account.assume(role, account.key), role), RUN)
    (mine,) = listed(asked.target.facts, "sessions")
    document = policy(Effect="Deny", Action="*", Resource="*", **condition)
    account.root.put_role_policy(
        RoleName="deploy", PolicyName=f"rekey-deny-rekey{RUN}1step",
        PolicyDocument=document.replace("{mine}", mine),
    )  # fmt: skip
    assert cut.observe(asked).effect == "absent"
    assert cut.verify(asked)[0].holds is False
    if "StringEquals" not in str(condition) or "IpAddress" in str(condition):
        with pytest.raises(Refused, match="not overwritten"):
            cut.apply(asked)
