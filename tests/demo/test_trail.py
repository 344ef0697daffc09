"""The trail before the emulator tells what AWS's would: who did what, with which key, to what."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engines import ministack
from tests.providers.account import REGION, Account


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Account:
    return Account(ministack.url(request.config))


def told(account: Account, key: str, value: str, **more: Any) -> list[dict[str, Any]]:
    """Look events up by one attribute; give the records, the oldest first."""
    trail = account.client("cloudtrail", account.responder)
    asked = [{"AttributeKey": key, "AttributeValue": value}]
    found = trail.lookup_events(LookupAttributes=asked, **more)["Events"]
    return [json.loads(one["CloudTrailEvent"]) for one in reversed(found)]


def test_a_call_names_its_caller_and_what_it_was_about(account: Account) -> None:
    root = account.iam(account.responder)
    key = root.create_access_key(UserName="svc")["AccessKey"]["AccessKeyId"]
    (event,) = told(account, "ResourceName", key)
    assert (event["eventName"], event["eventSource"]) == ("CreateAccessKey", "iam.amazonaws.com")
    assert event["userIdentity"]["arn"] == f"arn:aws:iam::{account.id}:user/responder"
    assert event["userIdentity"]["accessKeyId"] == account.responder["AccessKeyId"]
    assert event["requestParameters"] == {"userName": "svc"}
    assert event["responseElements"]["accessKey"]["accessKeyId"] == key
    assert "secretAccessKey" not in event["responseElements"]["accessKey"]
    assert event["readOnly"] is False
    assert event["awsRegion"] == "us-east-1", "IAM is logged there, wherever it is called from"


def test_a_session_is_found_by_its_key_and_names_its_role(account: Account) -> None:
    role = account.role("svc")
    held = account.assume(role, account.key)
    (opened,) = told(account, "ResourceName", held["AccessKeyId"])
    assert opened["userIdentity"]["accessKeyId"] == account.key["AccessKeyId"]
    assert opened["requestParameters"]["roleArn"] == role
    account.client("secretsmanager", held).list_secrets()
    (used,) = told(account, "AccessKeyId", held["AccessKeyId"])
    assert used["userIdentity"]["type"] == "AssumedRole"
    assert used["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role
    assert used["awsRegion"] == REGION


def test_what_was_denied_says_so_and_a_dead_key_is_logged_nowhere(account: Account) -> None:
    with pytest.raises(ClientError):
        account.iam(account.key).list_users()
    (event,) = told(account, "EventName", "ListUsers")
    assert event["errorCode"] == "AccessDenied"
    with pytest.raises(ClientError):
        account.iam(account.key | {"AccessKeyId": "AKIANOBODYSKEY000000"}).list_users()
    assert told(account, "AccessKeyId", "AKIANOBODYSKEY000000") == []


def test_pages_hold_fifty_at_most(account: Account) -> None:
    for _ in range(53):
        account.client("secretsmanager", account.key).list_secrets()
    trail = account.client("cloudtrail", account.responder)
    asked = [{"AttributeKey": "EventName", "AttributeValue": "ListSecrets"}]
    first = trail.lookup_events(LookupAttributes=asked)
    rest = trail.lookup_events(LookupAttributes=asked, NextToken=first["NextToken"])
    assert (len(first["Events"]), len(rest["Events"])) == (50, 3)
    assert "NextToken" not in rest


def test_only_who_may_look_looks(account: Account) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        account.client("cloudtrail", account.key).lookup_events()
