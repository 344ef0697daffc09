"""A successor is made once, known again, and nobody else's key is taken for it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config

from rekey.containment.call import Call
from rekey.containment.errors import Refused, Throttled, Unclear
from rekey.containment.secret import Secret
from rekey.providers.aws.client import Aws
from rekey.providers.aws.confirm_actions import Caller, unmatched
from rekey.providers.aws.credential import as_json
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.store import SecretsManagerStore
from tests.faults.exchange import Request
from tests.faults.faults import Lie
from tests.faults.proxy import FaultProxy
from tests.providers.account import Account, call, next_second, policy


@pytest.fixture
def asked(account: Account) -> Call:
    """The step, with its intent on the disk."""
    target = account.located(account.key)
    before = account.action("create_access_key").observe(call(target))
    return call(
        target, before=before, intended_at=datetime.now(UTC), store=account.store, destination="svc"
    )


def lost(account: Account, asked: Call) -> str:
    """Make a key as the step does, and lose the answer."""
    made = account.aws.marked(asked.marker).change("iam", "create_access_key", UserName="svc")
    return str(made["AccessKey"]["AccessKeyId"])


def keys(account: Account) -> set[str]:
    found = account.root.list_access_keys(UserName="svc")["AccessKeyMetadata"]
    return {one["AccessKeyId"] for one in found}


def test_a_key_whose_secret_was_lost_is_deleted_and_made_anew(
    account: Account, asked: Call
) -> None:
    create, orphan = account.action("create_access_key"), lost(account, asked)
    assert create.observe(asked).effect == "partial"
    assert create.clear(asked) == (orphan,)
    applied = create.apply(asked)
    seen = create.observe(asked)
    assert (seen.effect, seen.ours, seen.facts) == ("present", True, applied.facts)
    successor = json.loads(account.stored())
    assert account.answer(successor) == ""


def test_an_administrators_key_is_neither_ours_nor_deleted(account: Account, asked: Call) -> None:
    create, his = account.action("create_access_key"), account.make_key()
    seen = create.observe(asked)
    assert seen.effect == "absent"
    assert his["AccessKeyId"] in seen.existing, "the engine voids a plan that did not know it"
    assert create.clear(asked) == ()
    create.apply(asked)
    assert account.answer(his) == ""


def test_the_same_call_by_another_run_or_person_is_not_ours(account: Account, asked: Call) -> None:
    create, other = account.action("create_access_key"), replace(asked, marker="rekey-other")
    theirs = lost(account, other)
    stranger = Aws(account.session(account.user("stranger", "iam:*")), account.url)
    forged = stranger.marked(asked.marker).change("iam", "create_access_key", UserName="svc")
    create.apply(asked)
    assert {theirs, forged["AccessKey"]["AccessKeyId"]} <= keys(account)


def test_until_cloudtrail_tells_who_made_a_key_nothing_is_made_or_deleted(
    account: Account, asked: Call
) -> None:
    orphan = lost(account, asked)
    with FaultProxy(account.url) as proxy:
        proxy.plan(SILENT, at=_looks_up, times=None)
        late = AwsProvider(Aws(account.session(account.responder), proxy.url), AwsOptions())
        create = next(a for a in late.actions() if a.spec.name == "aws.create_access_key")
        seen = create.observe(asked)
        assert (seen.effect, seen.state["maker unknown"]) == ("partial", [orphan])
        before = keys(account)
        with pytest.raises(Throttled, match="does not say yet") as told:
            create.clear(asked)
        assert told.value.after * 5 >= timedelta(minutes=15), "as long as CloudTrail takes"
        assert keys(account) == before
    assert account.action("create_access_key").clear(asked) == (orphan,)


def test_undoing_deletes_the_key_that_the_step_made_and_no_newer_one(
    account: Account, asked: Call
) -> None:
    create = account.action("create_access_key")
    applied = create.apply(asked)
    made = applied.facts["access_key"]
    account.root.delete_access_key(UserName="svc", AccessKeyId=made)
    his = account.make_key()
    undone = replace(asked, earlier={asked.step: applied.facts})
    assert create.compensate(undone).removed == ()
    assert account.answer(his) == ""


def test_undoing_brings_the_stored_value_back_before_the_key_goes(
    account: Account, asked: Call
) -> None:
    account.store.write("svc", _secret(account.key), "by hand")
    create = account.action("create_access_key")
    applied = create.apply(asked)
    undone = replace(asked, earlier={asked.step: applied.facts})
    assert create.compensate(undone).removed == (applied.facts["access_key"],)
    assert account.answer(json.loads(account.stored())) == "", "readers have the old key again"
    assert create.compensate(undone).removed == (), "safe to repeat"


def test_where_somebody_stored_another_value_since_the_successor_stays(
    account: Account, asked: Call
) -> None:
    create = account.action("create_access_key")
    applied = create.apply(asked)
    account.store.write("svc", _secret(account.key), "by hand")
    with pytest.raises(Refused, match="somebody wrote another value"):
        create.compensate(replace(asked, earlier={asked.step: applied.facts}))
    assert applied.facts["access_key"] in keys(account)


def test_a_store_that_refuses_leaves_no_key(account: Account, asked: Call) -> None:
    create = account.action("create_access_key")
    before = keys(account)
    with pytest.raises(Refused, match="ended again") as told:
        create.apply(replace(asked, destination="nowhere"))
    assert len(told.value.removed) == 1
    assert keys(account) == before
    forbidden = _store_of(account, "secretsmanager:DescribeSecret")
    with pytest.raises(Refused, match="ended again"):
        create.apply(replace(asked, store=forbidden))
    assert keys(account) == before


def test_a_key_that_cannot_be_taken_back_is_named(account: Account, asked: Call) -> None:
    account.root.put_user_policy(
        UserName="responder", PolicyName="less",
        PolicyDocument=policy(Effect="Deny", Action="iam:DeleteAccessKey", Resource="*"),
    )  # fmt: skip
    create = account.action("create_access_key")
    with pytest.raises(Unclear) as told:
        create.apply(replace(asked, destination="nowhere"))
    (left,) = told.value.made
    assert left in keys(account)
    account.root.delete_user_policy(UserName="responder", PolicyName="less")
    blind = replace(asked, store=_store_of(account))
    seen = create.observe(blind)
    assert (seen.effect, seen.state["orphans"]) == ("partial", [left]), "the store is not needed"
    assert create.clear(asked) == (left,)


def test_a_destination_is_tried_before_it_is_needed(account: Account) -> None:
    assert account.store.unready("svc") is None
    assert "no secret" in str(account.store.unready("nowhere"))
    assert "no name" in str(account.store.unready("svc#field"))
    reading = _store_of(account, "secretsmanager:DescribeSecret", "iam:SimulatePrincipalPolicy")
    assert "secretsmanager:PutSecretValue" in str(reading.unready("svc"))


def test_every_consumer_must_come_and_not_one_alone(account: Account) -> None:
    """Two used the old key, and three are declared."""
    options = AwsOptions(consumers={"*user/svc": ("a", "b", "c")}, production=(), regions=())
    provider = AwsProvider(account.aws, options)
    confirm = next(a for a in provider.actions() if "confirm_access_key" in a.spec.name)
    for program in ("exporter/1.2", "reporter/7"):
        _uses(account, account.key, program)
    since, successor = next_second(), account.make_key()
    issued = {"access_key": successor["AccessKeyId"], "version": "v"}
    asked = call(account.located(account.key), since=since, earlier={"1-issue": issued})
    assert confirm.forecast(asked).because.startswith("3 callers")
    assert confirm.verify(asked)[0].holds is False
    _uses(account, successor, "exporter/1.3")
    answer = confirm.verify(asked)[0]
    assert answer.holds is False
    assert "reporter" in answer.answer
    assert "exporter" not in answer.answer
    _uses(account, successor, "reporter/8")
    assert "1 of those declared" in confirm.verify(asked)[0].answer
    _uses(account, successor, "third/1")
    assert confirm.verify(asked)[0].holds is True


def test_one_caller_stands_for_one() -> None:
    a, b = Caller("10.0.0.1", "x"), Caller("10.0.0.2", "x")
    assert unmatched([a, b], [a]) == [b]
    assert unmatched([a, b], [Caller("10.9.9.9", "x"), Caller("10.0.0.1", "y")]) == []
    assert unmatched([a], [Caller("10.9.9.9", "z")]) == [a]


SILENT = Lie(
    body=b'{"Events": []}',
    headers=(("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", "1")),
)
"""CloudTrail before it has heard of anything."""


def _looks_up(request: Request) -> bool:
    return request.headers.get("x-amz-target", "").endswith("LookupEvents")


def _store_of(account: Account, *allowed: str) -> SecretsManagerStore:
    name = f"writer-{len(account.root.list_users()['Users'])}"
    held = account.user(name, *(allowed or ("sts:GetCallerIdentity",)))
    return SecretsManagerStore(Aws(account.session(held), account.url), "other")


def _uses(account: Account, held: dict[str, Any], program: str) -> None:
    client = account.session(held).client(
        "secretsmanager", endpoint_url=account.url, config=Config(user_agent=program)
    )
    client.list_secrets()


def _secret(held: dict[str, Any]) -> Secret:
    return as_json(held["AccessKeyId"], Secret(held["SecretAccessKey"]))
