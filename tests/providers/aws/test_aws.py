"""A server that enforces like AWS refuses what was contained, and takes the successor."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.errors import Gone, NotFound, Refused
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.containment.target import Target, Wanted
from rekey.errors import RekeyError
from rekey.providers.aws import connect
from rekey.providers.aws.client import Aws
from rekey.providers.aws.probe import KeyProbe, SessionProbe
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.store import SecretsManagerStore
from tests.providers.account import Account, call, policy, shown
from tests.providers.incident import Incident


def _key_incident(account: Account, incident: Callable[..., Incident], **more: Any) -> Incident:
    id = account.key["AccessKeyId"]
    return incident(
        id, "aws_access_key", f"arn:aws:iam::{account.id}:user/svc", "aws_access_key",
        presented={id: shown(account.key).reveal()}, store=account.store, destination="svc", **more,
    )  # fmt: skip


def _of_role(account: Account, role: str) -> Target:
    return account.provider.locate(Wanted("aws_session_key", "ASIA", actor=role))


def test_a_key_is_contained_its_sessions_cut_and_the_workload_goes_on_with_the_next(
    account: Account, incident: Callable[..., Incident]
) -> None:
    session = account.session_of(account.key)
    assert account.answer(session) == account.answer(account.key) == ""
    one = _key_incident(account, incident)
    plan = one.plan()
    first = one.run(plan)
    assert first.steps["1-disable_key"].grade is Grade.A, first.steps
    assert first.steps["1-cut_sessions"].grade is Grade.B
    assert first.steps["1-survey"].status is Status.VERIFIED, first.steps["1-survey"]
    assert first.steps["1-issue_key"].status is Status.VERIFIED
    assert first.steps["1-confirm_key"].status is not Status.VERIFIED, "nobody has used it yet"
    assert account.answer(account.key, "sts") == "InvalidClientTokenId"
    assert account.answer(session) == "AccessDeniedException"
    successor = json.loads(account.stored())
    assert account.answer(successor) == "", "the condition spares long-term keys"
    done = one.engine(plan).resume(plan.run)
    assert done.steps["1-confirm_key"].status is Status.VERIFIED, done.steps["1-confirm_key"]
    assert done.steps["1-delete_key"].status is not Status.VERIFIED, "it waits for a quiet week"
    text = one.journal_text()
    assert account.key["SecretAccessKey"] not in text
    assert successor["SecretAccessKey"] not in text


def test_a_rotation_leaves_the_old_key_on_until_the_new_one_was_used(
    account: Account, incident: Callable[..., Incident]
) -> None:
    one = _key_incident(account, incident)
    plan = one.plan("rotate")
    waiting = one.run(plan)
    assert waiting.steps["1-confirm_key"].status is not Status.VERIFIED
    assert account.answer(account.key) == ""
    successor = json.loads(account.stored())
    assert account.answer(successor) == ""
    done = one.engine(plan).resume(plan.run)
    assert done.steps["1-disable_key"].grade is Grade.A, done.steps
    assert account.answer(account.key, "sts") == "InvalidClientTokenId"
    assert account.answer(successor) == ""


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
    cut, target = account.action("deny_older_role_sessions"), _of_role(account, role)
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
        call(_of_role(account, role), datetime.now(UTC)),
    )
    assert cut.observe(asked).effect == "absent"
    assert cut.verify(asked)[0].holds is False
    with pytest.raises(Refused, match="not overwritten"):
        cut.apply(asked)


def test_an_earlier_cut_is_moved_and_comes_back_when_undone(account: Account) -> None:
    role = account.role("svc")
    cut, target = account.action("deny_older_role_sessions"), _of_role(account, role)
    first, second = datetime.now(UTC) - timedelta(hours=2), datetime.now(UTC)
    cut.apply(call(target, first))
    before = cut.observe(call(target, second))
    cut.apply(call(target, second))
    cut.compensate(call(target, second, before=before))
    assert cut.observe(call(target, second)).effect == "absent"
    assert cut.observe(call(target, first)).effect == "present"


def test_without_a_cut_off_nothing_is_cut(account: Account) -> None:
    for name, target in (
        ("deny_older_role_sessions", _of_role(account, account.role("svc"))),
        ("deny_older_user_sessions", account.located(account.key)),
    ):
        with pytest.raises(Refused, match="time at which minting was closed"):
            account.action(name).apply(call(target))
    assert account.root.list_user_policies(UserName="svc")["PolicyNames"] == ["own"]


def test_every_call_on_a_key_names_its_user(account: Account) -> None:
    """Without the name the caller's own user would be meant."""
    named = []
    account.aws.session.events.register(
        "provide-client-params.iam",
        lambda params, model, **_: named.append((model.name, params.get("UserName"))),
    )
    asked = call(account.located(account.key), store=account.store, destination="svc")
    for name in ("disable_access_key", "create_access_key", "delete_access_key"):
        account.action(name).apply(asked)
    acting = {name: who for name, who in named if "LastUsed" not in name and "Key" in name}
    called = ["ListAccessKeys", "UpdateAccessKey", "CreateAccessKey", "DeleteAccessKey"]
    assert acting == dict.fromkeys(called, "svc")
    nameless = Target("aws", account.id, "aws_access_key", "AKIAX", "x")
    with pytest.raises(Refused, match="which user"):
        account.action("disable_access_key").apply(call(nameless))


def test_a_key_that_is_off_leaves_its_sessions_alive(account: Account) -> None:
    """The pitfall itself, as the server has it: it is why cutting is a step of its own."""
    session = account.session_of(account.key)
    account.action("disable_access_key").apply(call(account.located(account.key)))
    assert account.answer(account.key, "sts") == "InvalidClientTokenId"
    assert account.answer(session) == ""


def test_switching_off_is_undone_only_for_what_was_on(account: Account) -> None:
    disable, target = account.action("disable_access_key"), account.located(account.key)
    before = disable.observe(call(target))
    disable.apply(call(target))
    off = disable.observe(call(target))
    disable.compensate(call(target, before=off))
    assert account.status(account.key) == "Inactive"
    disable.compensate(call(target, before=before))
    assert account.status(account.key) == "Active"


def test_two_keys_leave_no_place_for_a_third(account: Account) -> None:
    other = account.make_key()
    forecast = account.action("create_access_key").forecast(call(account.located(account.key)))
    assert forecast.impossible and other["AccessKeyId"] in forecast.impossible


def test_a_key_that_was_switched_on_again_is_not_deleted(account: Account) -> None:
    delete, target = account.action("delete_access_key"), account.located(account.key)
    with pytest.raises(Refused, match="switched on again"):
        delete.apply(call(target))
    account.action("disable_access_key").apply(call(target))
    delete.apply(call(target))
    assert delete.observe(call(target)).effect == "present"
    assert account.answer(account.key, "sts") == "InvalidClientTokenId"


def test_a_session_is_judged_by_a_call_that_policies_apply_to(account: Account) -> None:
    role = account.role("svc")
    stolen = account.assume(role, account.key)
    probe = account.action("deny_older_role_sessions").probe(
        call(_of_role(account, role), presented=shown(stolen))
    )
    assert isinstance(probe, SessionProbe)
    before = probe.present()
    assert [one.holds for one in before] == [False, False], "in two regions"
    assert "GetCallerIdentity" not in before[0].question
    wrong = stolen | {"SecretAccessKey": "wrong"}
    other = account.action("deny_older_role_sessions").probe(
        call(_of_role(account, role), presented=shown(wrong))
    )
    assert {one.holds for one in other.present()} == {None}, "a wrong secret proves nothing"


def test_only_the_right_key_is_presented(account: Account) -> None:
    disable, target = account.action("disable_access_key"), account.located(account.key)
    assert isinstance(disable.probe(call(target, presented=shown(account.key))), KeyProbe)
    assert disable.probe(call(target, presented=shown(account.responder))) is None
    assert disable.probe(call(target, presented=Secret("nonsense"))) is None
    wrong = account.key | {"SecretAccessKey": "wrong"}
    probe = disable.probe(call(target, presented=shown(wrong)))
    assert {one.holds for one in probe.present()} == {None}


def test_a_user_or_a_role_that_was_made_anew_is_another(account: Account) -> None:
    target = account.located(account.key)
    assert account.provider.resolve(target.kind, target.id, target.given) == target
    session = account.provider.locate(
        Wanted("aws_session_key", "ASIA1", account.role("svc"), parent=account.key["AccessKeyId"])
    )
    account.root.delete_role_policy(RoleName="deploy", PolicyName="own")
    account.root.delete_role(RoleName="deploy")
    account.role("svc")
    again = account.provider.resolve(session.kind, session.id, session.given)
    assert again.aliases != session.aliases
    account.root.delete_access_key(UserName="svc", AccessKeyId=account.key["AccessKeyId"])
    with pytest.raises(Gone):
        account.provider.resolve(target.kind, target.id, target.given)


def test_aws_tells_its_own_time(account: Account) -> None:
    clock = account.provider.connection().clock
    assert clock is not None and abs(datetime.now(UTC) - clock) < timedelta(minutes=1)


def test_what_is_reserved_is_left_alone(account: Account) -> None:
    for facts, word in (
        ({"role": "AWSServiceRoleForX", "path": "/aws-service-role/x/"}, "service-linked"),
        ({"role": "AWSReservedSSO_Admin_1", "path": "/aws-reserved/"}, "Identity Center"),
    ):
        target = Target("aws", account.id, "aws_role_session", "r", "r", facts=facts)
        assert word in str(account.provider.protected(target))
    with pytest.raises(NotFound, match="cannot be cut"):
        _of_role(account, f"arn:aws:iam::{account.id}:root")
    with pytest.raises(NotFound, match="another account"):
        _of_role(account, "arn:aws:iam::999999999999:role/deploy")
    with pytest.raises(NotFound):
        account.provider.locate(Wanted("aws_access_key", "AKIAGONEGONEGONEGONE"))


def test_what_the_store_needs_is_asked_before_it_is_needed(account: Account) -> None:
    assert set(account.store.provider.permitted(account.store.permissions).values()) == {True}
    limited = account.user("limited", "iam:SimulatePrincipalPolicy")
    store = SecretsManagerStore(Aws(account.session(limited), account.url), "aws")
    assert set(store.provider.permitted(store.permissions).values()) == {False}
    document = store.provider.policy(store.permissions)
    account.root.put_user_policy(UserName="limited", PolicyName="store", PolicyDocument=document)
    assert set(store.provider.permitted(store.permissions).values()) == {True}
    store.write("svc", Secret("new"), "marker")
    assert account.stored() == "new"


def test_the_radius_counts_callers_and_sees_power(account: Account) -> None:
    assert account.answer(account.key) == ""
    radius = account.provider.blast_radius(account.located(account.key))
    assert radius.dependents == ("exporter",)
    assert (radius.callers, radius.privileged, radius.production) == (1, False, False)
    assert account.provider.blast_radius(account.located(account.responder)).privileged is True


def test_the_store_knows_its_marker_and_makes_no_secret(account: Account) -> None:
    assert account.store.find("svc", "m1") is None
    version = account.store.write("svc", Secret("new"), "m1")
    assert account.stored() == "new"
    assert account.store.find("svc", "m1") == version
    assert account.store.write("svc", Secret("new"), "m1") == version
    assert account.store.find("svc", "m2") is None
    with pytest.raises(Refused, match="no secret"):
        account.store.write("other", Secret("new"), "m1")
    with pytest.raises(Refused, match="no name"):
        account.store.write("svc#field", Secret("new"), "m1")


def test_connecting_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RekeyError, match="no region") as told:
        connect({})
    # The SDK for Python reads no AWS_REGION; what the hint names must work.
    monkeypatch.setenv(str(told.value.hint).split()[-1].rstrip("."), "us-east-1")
    connect({})
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(RekeyError, match="profile"):
        connect({"profile": "nowhere", "region": "us-east-1"})
    with pytest.raises(RekeyError, match="zone"):
        connect({"zone": "x"})


@pytest.mark.parametrize(
    ("seconds", "interval", "advised"),
    [(60, 10, None), (1, 0.2, 60), (0, 0.2, 60), (600, 10, None)],
)
def test_from_when_on_checks_count_is_for_the_site_to_say(
    seconds: int, interval: float, advised: int | None, account: Account
) -> None:
    options = AwsOptions(propagation_seconds=seconds)
    actions = AwsProvider(account.aws, options).actions()
    found = {one.spec.name: one.spec.propagation for one in actions}
    watched = found["aws.disable_access_key"]
    assert (watched.bound_seconds, watched.advised_seconds) == (seconds, advised)
    assert watched.interval == timedelta(seconds=interval)
    assert found["aws.survey_user"].bound_seconds == 900, "it waits for CloudTrail"
    assert found["aws.record_access_key"].bound_seconds == 0
    assert found["aws.record_access_key"].advised is None
