"""The policy that rekey writes is enough for everything it does, and for nothing else.

The responder has that policy and the store's, and what the emulator wants without a reason
(test_gaps.py). What he called is read from CloudTrail.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Refused
from rekey.containment.secret import Secret
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.regions import asked_regions
from rekey.providers.aws.settings import AwsOptions
from tests.fakes.people import People
from tests.providers.account import Account, next_second, policy, shown
from tests.providers.incident import Hasty, Incident

GAPS = ("iam:GetAccessKeyLastUsed", "iam:SimulatePrincipalPolicy")
NOT_LOGGED = {"cloudtrail:LookupEvents"}
"""The emulator's trail does not tell of itself."""


def granted(account: Account) -> set[Permission]:
    acting = {one for action in account.provider.actions() for one in action.spec.permissions}
    return acting | set(account.store.permissions)


@pytest.fixture
def lean(account: Account) -> Account:
    """A cluster is there too, with somebody in it."""
    role = account.role("svc", "responder")
    eks = account.client("eks", None)
    eks.create_cluster(name="prod", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    eks.create_pod_identity_association(
        clusterName="prod", namespace="shop", serviceAccount="exporter", roleArn=role
    )
    documents = {
        "own": account.provider.policy(granted(account)),
        "gaps": policy(Effect="Allow", Action=list(GAPS), Resource="*"),
    }
    for name, document in documents.items():
        account.root.put_user_policy(UserName="responder", PolicyName=name, PolicyDocument=document)
    account.root.create_open_id_connect_provider(
        Url="https://ci.example.com", ClientIDList=["x"], ThumbprintList=["0" * 40]
    )
    options = AwsOptions(consumers={"*": ("exporter",)}, production=(), trail_seconds=1, regions=())
    account.provider = AwsProvider(account.aws, options)
    return account


@pytest.fixture
def drill(lean: Account, people: People, tmp_path: Path) -> Callable[..., Incident]:
    def make(held: dict[str, Any], kind: str, actor: str, **more: Any) -> Incident:
        id = held["AccessKeyId"]
        return Incident(
            lean.provider, people, tmp_path / id, id, kind, lean.arn(actor), lean.id,
            "aws_access_key" if kind == "aws_access_key" else "aws_role_session",
            presented={id: shown(held).reveal()}, clock=Hasty(0.005), since=next_second(), **more,
        )  # fmt: skip

    return make


def test_it_is_enough_and_no_more(lean: Account, drill: Callable[..., Incident]) -> None:
    """A containment, a rotation up to its deletion, two sessions, and all of it undone."""
    begin = next_second()
    stored: dict[str, Any] = {"store": lean.store, "destination": "svc"}
    session, opened = lean.session_of(lean.key), lean.assume(lean.arn("role/deploy"), lean.key)
    _carried_out(drill(lean.key, "aws_access_key", "user/svc", **stored), "contain")
    _carried_out(drill(session, "aws_session_key", "user/svc"), "contain")
    _carried_out(drill(opened, "aws_session_key", "role/deploy"), "contain")
    rotated = lean.user("other", "secretsmanager:ListSecrets")
    lean.client("secretsmanager", None).create_secret(Name="other", SecretString="old")
    stored = {"store": lean.store, "destination": "other"}
    rotation = drill(rotated, "aws_access_key", "user/other", **stored)
    plan = rotation.plan("rotate")
    rotation.run(plan)
    successor = json.loads(
        lean.client("secretsmanager", None).get_secret_value(SecretId="other")["SecretString"]
    )
    assert lean.answer(successor) == ""
    rotation.engine(plan).resume(plan.run)
    rotation.clock = Hasty(0.005, timedelta(days=8))
    done = rotation.engine(plan).resume(plan.run)
    assert done.outcome == "rotated and verified", [one.reason for one in done.steps.values()]
    for marker in ("first", "second"):
        lean.store.write("svc", Secret("of another"), marker)
    with pytest.raises(Refused, match="another value"):
        lean.store.restore("svc", "first")
    assert len(asked_regions(lean.aws, AwsOptions())[0]) > 10  # as where the site names none
    assert _called(lean, begin) == {one.name for one in granted(lean)} - NOT_LOGGED


def test_nothing_is_granted_on_more_than_it_is_about(account: Account) -> None:
    document = json.loads(account.provider.policy(granted(account)))
    wide = {
        name for one in document["Statement"] if one["Resource"] == "*" for name in one["Action"]
    }
    assert not {name for name in wide if name.startswith("iam:") and "List" not in name} - {
        "iam:GetOpenIDConnectProvider"
    }
    assert "iam:ListAccessKeys" not in wide
    assert "sts:AssumeRole" not in json.dumps(document), "a responder does not become everybody"


def test_doctor_says_what_a_policy_lacks(lean: Account) -> None:
    permissions = granted(lean)
    assert lean.provider.permitted(permissions) == dict.fromkeys(permissions, True)
    lean.root.delete_user_policy(UserName="responder", PolicyName="own")
    lacking = lean.provider.permitted(permissions)
    assert [one for one, held in lacking.items() if held] == [
        one for one in lacking if one.name in GAPS
    ]


def _carried_out(one: Incident, order: Any) -> None:
    plan = one.plan(order)
    done = one.run(plan)
    failed = [f"{id}: {step.reason}" for id, step in done.steps.items()
              if step.status in ("failed", "refused")]  # fmt: skip
    assert not failed
    undone = one.engine(plan).undo(plan.run, "wrong one", one.people.undo(plan, "ada"))
    assert undone.outcome.startswith("undone"), [step.reason for step in undone.steps.values()]


def _called(account: Account, since: datetime) -> set[str]:
    """Give what the responder called, as policies name it."""
    found: list[dict[str, Any]] = []
    for region in ("us-east-1", "us-west-2"):
        client = account.session(None).client(
            "cloudtrail", endpoint_url=account.url, region_name=region
        )
        asked = {"LookupAttributes": [{"AttributeKey": "AccessKeyId",
                                       "AttributeValue": account.responder["AccessKeyId"]}]}  # fmt: skip
        for page in client.get_paginator("lookup_events").paginate(**asked, StartTime=since):
            found += page["Events"]
    return set(_named(found))


def _named(found: Iterable[dict[str, Any]]) -> Iterable[str]:
    for one in found:
        service = one["EventSource"].partition(".")[0]
        if (service, one["EventName"]) not in {("sts", "GetCallerIdentity"), ("sts", "AssumeRole")}:
            yield f"{service}:{one['EventName']}"
