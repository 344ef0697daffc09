"""Where the server that stands in for AWS is not like AWS; when one closes, proofs get better."""

import pytest
from botocore.exceptions import ClientError

from tests.engines import ministack
from tests.providers.account import Account, policy


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Account:
    """On the server as it comes: elsewhere a trail stands before it, and lists that it lacks."""
    return Account(ministack.bare(request.config))


def test_a_third_key_is_given_out(account: Account) -> None:
    for _ in range(2):
        account.make_key()
    assert len(account.root.list_access_keys(UserName="svc")["AccessKeyMetadata"]) == 3


def test_the_last_use_of_a_key_is_never_filled(account: Account) -> None:
    assert account.answer(account.key) == ""
    id = account.key["AccessKeyId"]
    used = account.root.get_access_key_last_used(AccessKeyId=id)["AccessKeyLastUsed"]
    assert "LastUsedDate" not in used


def test_the_managed_policy_that_denies_all_denies_nothing(account: Account) -> None:
    arn = "arn:aws:iam::aws:policy/AWSDenyAll"
    account.root.attach_user_policy(UserName="svc", PolicyArn=arn)
    assert account.answer(account.key) == ""


def test_the_trail_names_the_key_as_user_and_no_resources(account: Account) -> None:
    assert account.answer(account.key) == ""
    id = account.key["AccessKeyId"]
    trail = account.client("cloudtrail", account.responder)
    events = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": id}]
    )["Events"]
    assert {one["Username"] for one in events} == {id}
    assert not any(one.get("Resources") for one in events if one["EventName"].endswith("iam"))


def test_the_arn_of_a_caller_in_a_session_is_that_of_the_session(account: Account) -> None:
    """AWS compares with the ARN of the role: reference_policies_condition-keys, aws:PrincipalArn."""
    first = account.role("svc", name="first", allowed="sts:AssumeRole")
    held = account.assume(first, account.key)
    for arn, denied in ((first, False), (f"arn:aws:sts::{account.id}:assumed-role/first/*", True)):
        document = policy(
            Effect="Deny", Action="sts:*", Resource="*",
            Condition={"ArnLike": {"aws:PrincipalArn": arn}},
        )  # fmt: skip
        account.root.put_role_policy(RoleName="first", PolicyName="no", PolicyDocument=document)
        second = account.role(first, name=f"second-{denied}")
        try:
            account.assume(second, held)
        except ClientError:
            assert denied
        else:
            assert not denied


def test_a_simulation_knows_no_time_of_issue(account: Account) -> None:
    """So that nothing is concluded from simulating a cut."""
    document = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",'
        ' "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}}}]}'
    )
    account.root.put_user_policy(UserName="svc", PolicyName="cut", PolicyDocument=document)
    found = account.root.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account.id}:user/svc",
        ActionNames=["secretsmanager:ListSecrets"],
        ContextEntries=[{
            "ContextKeyName": "aws:TokenIssueTime", "ContextKeyType": "date",
            "ContextKeyValues": ["2020-01-01T00:00:00Z"],
        }],
    )["EvaluationResults"]  # fmt: skip
    assert [one["EvalDecision"] for one in found] == ["allowed"]


@pytest.mark.parametrize(
    "name",
    ["list_service_specific_credentials", "list_signing_certificates", "list_ssh_public_keys"],
)
def test_some_credentials_of_users_are_unknown(account: Account, name: str) -> None:
    with pytest.raises(ClientError, match="InvalidAction"):
        getattr(account.root, name)(UserName="svc")


@pytest.mark.parametrize("name", ["get_access_key_last_used", "simulate_principal_policy"])
def test_some_calls_about_a_user_count_as_calls_about_everything(
    name: str, account: Account
) -> None:
    """So that a document that grants them on users alone does not grant them here."""
    given = {
        "get_access_key_last_used": {"AccessKeyId": account.key["AccessKeyId"]},
        "simulate_principal_policy": {
            "PolicySourceArn": f"arn:aws:iam::{account.id}:user/svc",
            "ActionNames": ["iam:ListUsers"],
        },
    }[name]
    limited = account.user("limited", "sts:GetCallerIdentity")
    for resource, works in ((f"arn:aws:iam::{account.id}:user/*", False), ("*", True)):
        document = policy(Effect="Allow", Action="iam:*", Resource=resource)
        account.root.put_user_policy(UserName="limited", PolicyName="own", PolicyDocument=document)
        if works:
            getattr(account.iam(limited), name)(**given)
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                getattr(account.iam(limited), name)(**given)
