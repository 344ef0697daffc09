"""The organisation cuts what somebody with all rights in the account could revive."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rekey.containment.action_spec import Grade
from rekey.containment.errors import Denied, Refused
from rekey.providers.aws.client import Aws
from rekey.providers.aws.cut_policy import is_spent
from rekey.providers.aws.organization import MOST, PERMISSIONS, Organization
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from tests.fakes.people import People
from tests.fakes.service_control_fake import ServiceControlFake
from tests.providers.above import Above
from tests.providers.account import Account, next_second, policy, shown
from tests.providers.aws.conftest import HASTE
from tests.providers.aws.test_sessions import located, of_run
from tests.providers.incident import Hasty, Incident

OPTIONS = AwsOptions(consumers={"*": ("exporter",)}, production=(), trail_seconds=1, regions=())
STEP = "1-cut_by_organization"
RUN, LATER = "0" * 12, "1" * 12


@pytest.fixture
def above(aws_url: str) -> Above:
    return Above(aws_url)


@pytest.fixture
def account(aws_url: str, above: Above) -> Iterator[Account]:
    """A member account, on a server that enforces the organisation's policies."""
    with ServiceControlFake(aws_url, above.account.id, above.member) as fake:
        made = Account(fake.url, above.member)
        made.provider = AwsProvider(made.aws, OPTIONS, above.organization)
        yield made


@pytest.fixture
def incident(account: Account, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(held: dict[str, Any], actor: str, **more: Any) -> Incident:
        kind = "aws_session_key" if "SessionToken" in held else "aws_access_key"
        return Incident(
            account.provider, people, tmp_path / "run", held["AccessKeyId"], kind, actor,
            account.id, "aws_role_session", clock=Hasty(HASTE), since=next_second(), **more,
        )  # fmt: skip

    return make


@pytest.fixture
def cut(account: Account) -> Any:
    return account.action("deny_older_sessions_by_organization")


def test_an_administrator_s_session_stays_cut_when_he_takes_the_local_deny_away(
    account: Account, above: Above, incident: Callable[..., Incident]
) -> None:
    """He has seconds until IAM has spread what we did, and may do everything in the account."""
    role = account.role("svc", "responder", allowed="*")
    stolen = account.assume(role, account.key)
    one = incident(stolen, role, presented={role: shown(stolen).reveal()})
    plan = one.plan()
    assert [step.id for step in plan.steps if step.phase == "cut"] == [STEP, "1-cut_sessions"]
    done = one.run(plan)
    assert done.outcome == "contained and verified", done.steps
    assert done.steps[STEP].grade is Grade.A, "refused, and the policy is read back"
    account.root.delete_role_policy(RoleName="deploy", PolicyName="rekey-revoke-sessions")
    assert account.answer(stolen) == "AccessDeniedException"
    assert account.answer(stolen, "sts") == "", "GetCallerIdentity works under a deny: no proof"
    undone = one.engine(plan).undo(plan.run, "wrong one", one.people.undo(plan, "ada"))
    assert undone.outcome == "undone", undone.steps
    assert account.answer(stolen) == ""
    assert above.policies() == {"FullAWSAccess": 1}


def test_the_long_term_keys_of_the_user_go_on_working(
    account: Account, incident: Callable[..., Incident]
) -> None:
    session, other = account.session_of(account.key), account.make_key()
    one = incident(account.key, account.arn("user/svc"), store=account.store, destination="svc")
    done = one.run(one.plan())
    assert done.steps[STEP].status == "verified"
    assert account.answer(session) == "AccessDeniedException"
    assert account.answer(other) == "", "it has no age"


def test_each_run_has_a_policy_of_its_own_with_all_of_its_cuts(
    account: Account, above: Above, cut: Any
) -> None:
    roles = [account.role("svc", name=name) for name in ("one", "two")]
    held = [account.assume(role, account.key) for role in roles]
    targets = [located(account, *one) for one in zip(held, roles, strict=True)]
    cutoff = next_second()
    first, later = of_run(targets[0], RUN, cutoff), of_run(targets[0], LATER, cutoff)
    second = replace(of_run(targets[1], RUN, cutoff), marker=f"rekey-{RUN}-2-step")
    for one in (first, second, second, later):
        cut.apply(one)
    assert above.policies() == {"FullAWSAccess": 1, f"rekey-{RUN}": 2, f"rekey-{LATER}": 1}
    cut.compensate(first)
    assert account.answer(held[0]) == "AccessDeniedException", "the later run's deny is its own"
    cut.compensate(later)
    assert [account.answer(one) for one in held] == ["", "AccessDeniedException"]
    assert (cut.observe(first).effect, cut.observe(second).ours) == ("absent", True)
    next_second()
    assert account.answer(account.assume(roles[1], account.key)) == "", "what is newer lives"
    cut.compensate(second)
    cut.compensate(second)
    assert above.policies() == {"FullAWSAccess": 1}


def test_what_ends_nothing_any_more_makes_room(account: Account, above: Above, cut: Any) -> None:
    role = account.role("svc")
    target = located(account, account.assume(role, account.key), role)
    now = next_second()
    living = ["2", "3", "4", "5", "6", "7", "8"]
    for number, age in enumerate((40, 38, *(30 for _ in living))):
        cut.apply(of_run(target, str(number) * 12, now - timedelta(hours=age)))
    asked = of_run(target, "a" * 12, now)
    assert cut.forecast(asked).impossible is None
    made_room = [f"rekey-{number * 12}-{account.id}" for number in "01"]
    assert sorted(cut.apply(asked).facts["made_room"]) == made_room, "the journal tells"
    assert above.policies().keys() == {
        "FullAWSAccess", "rekey-aaaaaaaaaaaa", *(f"rekey-{number * 12}" for number in living)
    }  # fmt: skip
    assert cut.observe(asked).effect == "present"
    cut.apply(of_run(target, "b" * 12, now))
    assert "takes no further one" in cut.forecast(of_run(target, "c" * 12, now)).impossible


def test_a_policy_that_was_made_and_not_attached_is_attached(
    account: Account, above: Above, cut: Any
) -> None:
    role = account.role("svc")
    stolen = account.assume(role, account.key)
    asked = of_run(located(account, stolen, role), RUN, next_second())
    cut.apply(asked)
    (made,) = [one for one in above.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
               if one["Name"].startswith("rekey")]  # fmt: skip
    above.client.detach_policy(PolicyId=made["Id"], TargetId=above.member)
    assert cut.observe(asked).effect == "absent"
    (check,) = cut.verify(asked)
    assert (check.holds, check.answer) == (False, "the policy says it, and is not attached")
    cut.apply(asked)
    assert cut.verify(asked)[0].holds
    assert account.answer(stolen) == "AccessDeniedException"


def test_somebody_else_s_policy_of_that_name_is_not_overwritten(
    account: Account, above: Above, cut: Any
) -> None:
    above.client.create_policy(
        Name=f"rekey-{RUN}-{account.id}", Type="SERVICE_CONTROL_POLICY", Description="",
        Content=policy(Effect="Deny", Action="s3:*", Resource="*"),
    )  # fmt: skip
    role = account.role("svc")
    asked = of_run(located(account, account.assume(role, account.key), role), RUN, next_second())
    with pytest.raises(Refused, match="not overwritten"):
        cut.apply(asked)
    cut.compensate(asked)
    assert f"rekey-{RUN}-{account.id}" in {
        one["Name"]
        for one in above.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    }


def test_without_a_cut_off_nothing_is_cut(account: Account, above: Above, cut: Any) -> None:
    role = account.role("svc")
    with pytest.raises(Refused, match="time at which minting was closed"):
        cut.apply(of_run(located(account, account.assume(role, account.key), role), RUN))
    assert above.policies() == {"FullAWSAccess": 1}


def test_why_it_cannot_be_done_stands_in_the_plan_and_the_local_cut_is_left(
    account: Account, above: Above, cut: Any
) -> None:
    role = account.role("svc")
    asked = of_run(located(account, account.assume(role, account.key), role), RUN)
    assert cut.forecast(asked).impossible is None
    for number in range(MOST - 1):
        made = above.client.create_policy(
            Name=f"p{number}", Type="SERVICE_CONTROL_POLICY", Description="",
            Content=policy(Effect="Allow", Action="*", Resource="*"),
        )["Policy"]["PolicySummary"]["Id"]  # fmt: skip
        above.client.attach_policy(PolicyId=made, TargetId=above.member)
    assert "takes no further one" in cut.forecast(asked).impossible
    (root,) = above.client.list_roots()["Roots"]
    above.client.disable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    assert "not enabled" in cut.forecast(asked).impossible
    alone = AwsProvider(account.aws, OPTIONS, Organization(account.aws))
    (of_itself,) = [one for one in alone.actions() if one.spec.name == cut.spec.name]
    assert of_itself.forecast(asked).impossible, (
        "an account that is in no organisation, or its head"
    )


def test_a_right_that_is_missing_above_is_named(account: Account, above: Above, cut: Any) -> None:
    role = account.role("svc")
    asked = of_run(located(account, account.assume(role, account.key), role), RUN, next_second())
    above.account.root.delete_user_policy(UserName="policies", PolicyName="scp")
    assert "organizations:DescribeOrganization" in cut.forecast(asked).impossible
    with pytest.raises(Denied) as denied:
        cut.apply(asked)
    assert denied.value.permission == "organizations:ListPoliciesForTarget"


def test_an_organisation_that_does_not_answer_stops_no_containment(
    account: Account, above: Above, cut: Any, incident: Callable[..., Incident]
) -> None:
    gone = Organization(Aws(account.session(above.held), "http://127.0.0.1:9"))
    account.provider = AwsProvider(account.aws, OPTIONS, gone)
    role = account.role("svc", "responder")
    one = incident(account.assume(role, account.key), role)
    plan = one.plan()
    (left,) = [left for left in plan.left_out if left.step == STEP]
    assert (left.second, "no answer to organizations:" in left.why) == (True, True)
    assert one.run(plan).outcome == "contained and verified"


def test_a_deny_that_somebody_changed_by_hand_is_never_taken_for_spent(
    account: Account, above: Above, cut: Any
) -> None:
    role, now = account.role("svc"), next_second()
    target = located(account, account.assume(role, account.key), role)
    cut.apply(of_run(target, RUN, now - timedelta(hours=40)))
    (made,) = [one for one in above.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
               if one["Name"].startswith("rekey")]  # fmt: skip
    text = above.client.describe_policy(PolicyId=made["Id"])["Policy"]["Content"]
    ours = json.loads(text)["Statement"]
    assert is_spent({"Statement": ours}, now)
    for changed in (
        [],
        [{**ours[0], "Condition": {}}],
        [{**ours[0], "Action": "s3:*"}],
        [{**ours[0], "Sid": "Ours"}],
        [*ours, {**ours[0], "Sid": ours[0]["Sid"]}],
    ):
        assert not is_spent({"Statement": changed}, now), changed


def test_where_no_organisation_is_connected_the_plan_goes_on_without_it(
    account: Account, incident: Callable[..., Incident]
) -> None:
    account.provider = AwsProvider(account.aws, OPTIONS)
    assert account.action("deny_older_sessions_by_organization").spec.permissions == ()
    role = account.role("svc", "responder")
    one = incident(account.assume(role, account.key), role)
    plan = one.plan()
    (left,) = [left for left in plan.left_out if left.step == STEP]
    assert (left.exposure, "organization_profile" in left.why) == ("none", True)
    assert one.run(plan).outcome == "contained and verified"


def test_who_writes_the_policies_is_never_contained(account: Account, above: Above) -> None:
    assert above.account.arn("user/policies") in account.provider.connection().depends_on
    with pytest.raises(ClientError):
        above.account.iam(above.account.key).list_users()
    told = account.provider.permitted(PERMISSIONS)
    assert set(told.values()) == {None}, "its own rights need a right that it has not"
