"""What policies grant, and whom they let in."""

import json
from typing import Any

import pytest

from rekey.converters.registry import LogSourceFields
from tests.converters.fields.aws_cloudtrail.computed import GITHUB, value


def policy(*statements: dict[str, Any], indent: int | None = None) -> str:
    """Write a policy as a caller may."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]}, indent=indent)


ALLOWED = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize("field", ["policyDocument", "policy", "inlinePolicy"])
@pytest.mark.parametrize(
    ("grants", "text"),
    [
        ("everything", policy(ALLOWED)),
        ("everything", policy(ALLOWED, indent=4)),
        ("everything", '{"Statement":{"Action" : "*:*","Resource":"*","Effect":"Allow"}}'),
        ("everything", policy({"Effect": "Allow", "Action": ["s3:Get*", "*"], "Resource": "*"}, indent=1)),
        ("everything", policy({"Effect": "Allow", "NotAction": "support:*", "Resource": "*"})),
        ("everything", policy({"Effect": "Allow", "Condition": {"Bool": {"a": "b"}}, "Action": "*"})),
        ("everything", '{"Statement":[{"Effect":"Allow","Action":"\\u002a","Resource":"*"}]}'),
        ("identities", policy({"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"})),
        ("identities", policy({"Effect": "Allow", "Action": "iam:Put*", "Resource": "*"}, indent=2)),
        (None, policy({"Effect": "Deny", "Action": "*", "Resource": "*"})),
        (None, policy({"Effect": "Deny", "NotAction": "sts:*", "Resource": "*"})),
        (None, policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Effect": "Deny", "Action": "*"})),
        (None, policy({"Effect": "Allow", "Action": ["iam:PassRole", "iam:Get*"], "Resource": "*"})),
        (None, policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})),
        (None, None),
    ],
)  # fmt: skip
def test_what_a_policy_grants(
    source: LogSourceFields, field: str, grants: str | None, text: str | None
) -> None:
    assert value(source, "policy.grants", {f"requestParameters.{field}": text}) == grants


def trusting(principal: Any, indent: int | None = None) -> str:
    """Write a trust policy."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return policy(statement, indent=indent)


def under_a_condition(principal: object, *, alone: bool = False) -> str:
    """A policy that allows something where a condition holds; its statement in a list, or alone."""
    statement = {
        "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}, "Bool": {"aws:SecureTransport": "true"}},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": statement if alone else [statement]})


@pytest.mark.parametrize("field", ["policyDocument", "assumeRolePolicyDocument"])
@pytest.mark.parametrize(
    ("opened", "text"),
    [
        ("everyone", trusting("*")),
        ("everyone", trusting({"AWS": "*"}, indent=2)),
        ("everyone", trusting({"Service": "ec2.amazonaws.com", "AWS": ["arn:aws:iam::111122223333:root", "*"]})),
        ("account", trusting({"AWS": "arn:aws:iam::999999999999:root"}, indent=4)),
        ("account", trusting({"AWS": ["arn:aws-cn:iam::111122223333:role/a", "999999999999"]})),
        ("provider", trusting({"Federated": GITHUB})),
        (None, trusting({"AWS": "arn:aws:iam::111122223333:role/a"})),
        (None, trusting({"AWS": "111122223333"})),
        (None, trusting({"Service": "lambda.amazonaws.com"})),
        (None, None),
    ],
)  # fmt: skip
def test_whom_a_trust_policy_lets_in(
    source: LogSourceFields, field: str, opened: str | None, text: str | None
) -> None:
    event = {f"requestParameters.{field}": text, "recipientAccountId": "111122223333"}
    assert value(source, "trust.opened_to", event) == opened


@pytest.mark.parametrize(
    ("opened", "event"),
    [
        ("everyone", {"principal": "*"}),
        ("account", {"principal": "999999999999"}),
        ("account", {"principal": "arn:aws:iam::999999999999:root"}),
        (None, {"principal": "111122223333"}),
        (None, {"principal": "arn:aws:iam::111122223333:role/a"}),
        (None, {"principal": "s3.amazonaws.com"}),
        ("account", {"policyText": trusting({"AWS": "arn:aws:iam::999999999999:root"}, indent=2)}),
        (None, {"resourcePolicy": trusting({"AWS": "arn:aws:iam::111122223333:root"})}),
        ("account", {"granteePrincipal": "arn:aws:iam::999999999999:role/a"}),
        (None, {"granteePrincipal": "arn:aws:iam::111122223333:role/a"}),
        ("everyone", {"bucketPolicy": trusting("*")}),
        ("everyone", {"attributeValue": trusting({"AWS": "*"})}),
        (None, {"attributes.Policy": under_a_condition("*")}),
        (None, {"policy": under_a_condition({"AWS": "*"}, alone=True)}),
        ("account", {"policy": under_a_condition({"AWS": "999999999999"})}),
        (None, {}),
    ],
)  # fmt: skip
def test_whom_a_resource_is_opened_to(
    source: LogSourceFields, opened: str | None, event: dict[str, str]
) -> None:
    given = {f"requestParameters.{name}": text for name, text in event.items()}
    given["recipientAccountId"] = "111122223333"
    assert value(source, "share.opened_to", given) == opened
