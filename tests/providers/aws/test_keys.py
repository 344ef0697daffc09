"""A key is switched off, its sessions are cut, and the workload goes on with the next."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rekey.containment.action_spec import Grade
from rekey.containment.errors import Refused
from rekey.containment.progress import Status
from rekey.containment.secret import Secret
from rekey.containment.target import Target
from rekey.providers.aws.probe import KeyProbe
from tests.providers.account import Account, call, shown
from tests.providers.incident import Incident


def _key_incident(account: Account, incident: Callable[..., Incident], **more: Any) -> Incident:
    id = account.key["AccessKeyId"]
    return incident(
        id, "aws_access_key", f"arn:aws:iam::{account.id}:user/svc", "aws_access_key",
        presented={id: shown(account.key).reveal()}, store=account.store, destination="svc", **more,
    )  # fmt: skip


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


def test_only_the_right_key_is_presented(account: Account) -> None:
    disable, target = account.action("disable_access_key"), account.located(account.key)
    assert isinstance(disable.probe(call(target, presented=shown(account.key))), KeyProbe)
    assert disable.probe(call(target, presented=shown(account.responder))) is None
    assert disable.probe(call(target, presented=Secret("nonsense"))) is None
    wrong = account.key | {"SecretAccessKey": "wrong"}
    probe = disable.probe(call(target, presented=shown(wrong)))
    assert {one.holds for one in probe.present()} == {None}
