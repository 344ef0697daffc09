"""Who acts and from where he came, as the vendor and captured records write it."""

import pytest

from rekey.converters.registry import LogSourceFields
from tests.converters.fields.aws_cloudtrail.computed import CONTEXT, GITHUB, ROLE, SESSION, value


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("workload", {"userIdentity.type": "IAMUser", "eventSource": "s3.amazonaws.com"}),
        ("human", {"userIdentity.type": "IAMUser", "eventSource": "signin.amazonaws.com"}),
        ("human", {"userIdentity.type": "Root"}),
        ("provider", {"userIdentity.type": "AWSService", "userIdentity.invokedBy": "ec2.amazonaws.com"}),
        ("human", {"userIdentity.type": "IAMUser", "userIdentity.invokedBy": "signin.amazonaws.com"}),
        ("provider", {"userIdentity.type": "AssumedRole", "userIdentity.invokedBy": "AWS Internal"}),
        ("provider", {"userIdentity.type": "AssumedRole", "sourceIPAddress": "config.amazonaws.com"}),
        (
            "provider",
            {
                "userIdentity.type": "AssumedRole",
                CONTEXT + "sessionIssuer.arn": ROLE + "aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
            },
        ),
        ("workload", {"userIdentity.type": "AssumedRole", "userIdentity.arn": SESSION + "app/i-0a"}),
        ("human", {"userIdentity.type": "AssumedRole", "userIdentity.arn": SESSION + "AWSReservedSSO_Dev_1/j"}),
        ("human", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:jane@example.com"}),
        (
            "workload",
            {
                "userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:a@b",
                CONTEXT + "webIdFederationData.federatedProvider": GITHUB,
            },
        ),
        (
            "workload",
            {
                "userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:a@b",
                CONTEXT + "ec2RoleDelivery": "2.0",
            },
        ),
        (
            "workload",
            {
                "userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:a@b",
                "userIdentity.inScopeOf.issuerType": "AWS::Lambda::Function",
            },
        ),
        ("workload", {"userIdentity.type": "FederatedUser", "userIdentity.principalId": "111122223333:a@b"}),
        ("provider", {"userIdentity.type": "AssumedRole", "sourceIPAddress": "config.amazonaws.com.cn"}),
        ("human", {"userIdentity.type": "AssumedRole", CONTEXT + "attributes.mfaAuthenticated": "true"}),
        ("human", {"userIdentity.type": "AssumedRole", "sessionCredentialFromConsole": "true"}),
        ("workload", {"userIdentity.type": "WebIdentityUser", "userIdentity.identityProvider": GITHUB}),
        (
            "human",
            {
                "userIdentity.type": "WebIdentityUser",
                "userIdentity.identityProvider": "cognito-identity.amazonaws.com",
            },
        ),
        ("unknown", {"userIdentity.type": "AWSAccount"}),
        ("unknown", {}),
    ],
)  # fmt: skip
def test_who_acts(source: LogSourceFields, kind: str, event: dict[str, str]) -> None:
    assert value(source, "actor.kind", event) == kind


@pytest.mark.parametrize(
    ("principal", "event"),
    [
        (ROLE + "app", {CONTEXT + "sessionIssuer.arn": ROLE + "app", "userIdentity.arn": SESSION + "app/x"}),
        ("arn:aws:iam::111122223333:user/a", {"userIdentity.arn": "arn:aws:iam::111122223333:user/a"}),
        ("AROAIDPPEZS35WEXAMPLE", {"userIdentity.principalId": "AROAIDPPEZS35WEXAMPLE:session"}),
        ("lambda.amazonaws.com", {"userIdentity.invokedBy": "lambda.amazonaws.com", "userIdentity.arn": ""}),
        (GITHUB + ":aud:repo:o/r", {"userIdentity.principalId": GITHUB + ":aud:repo:o/r"}),
    ],
)  # fmt: skip
def test_principals(source: LogSourceFields, principal: str, event: dict[str, str]) -> None:
    assert value(source, "principal.id", event) == principal


@pytest.mark.parametrize(
    ("subject", "folded"),
    [
        ("repo:o/r:ref:refs/heads/main", "repo:o/r:ref:main"),
        ("repo:o/r:ref:refs/heads/fix/1", "repo:o/r:ref:refs/heads/*"),
        ("repo:o/r:ref:refs/tags/v1.2", "repo:o/r:ref:refs/tags/*"),
        ("repo:o/r:pull_request", "repo:o/r:pull_request"),
        ("repo:o/r:environment:prod", "repo:o/r:environment:prod"),
        ("repo:o/r:environment:pr-104", "repo:o/r:environment:pr-*"),
        ("repo:o/r:job_workflow_ref:o/ci/.github/workflows/d.yml@refs/tags/v2.1", "repo:o/r:job_workflow_ref:o/ci/.github/workflows/d.yml@*"),
        ("project_path:g/p:ref_type:branch:ref:x", "project_path:g/p:ref_type:branch:ref:*"),
        ("project_path:g/p:ref_type:branch:ref:main", "project_path:g/p:branch:main"),
        ("organization:o:pipeline:p:ref:refs/heads/main:commit:9f31:step:b", "organization:o:pipeline:p:ref:main"),
        ("space:s:stack:t:run_type:TRACKED:scope:write", "space:s:stack:t"),
        ("organization:o:project:p:workspace:w:run_phase:plan", "organization:o:project:p:workspace:w"),
        ("org/1/project/2/user/3", "org/1/project/2"),
        ("org/1/project/2/user/3/vcs-origin/g/o/r/vcs-ref/refs/heads/x", "org/1/project/2/vcs-origin/g/o/r/vcs-ref/refs/heads/*"),
        ("org/1/project/2/user/3/vcs-origin/g/o/r/vcs-ref/refs/heads/main", "org/1/project/2/vcs-origin/g/o/r/vcs-ref/main"),
        ("{repo}:{step}", "{repo}"),
        ("system:serviceaccount:shop:cart", "system:serviceaccount:shop:cart"),
        ("system:serviceaccount:pr-104:cart", "system:serviceaccount:pr-*:cart"),
    ],
)  # fmt: skip
def test_what_changes_from_run_to_run_is_folded(
    source: LogSourceFields, subject: str, folded: str
) -> None:
    event = {"userIdentity.identityProvider": GITHUB, "userIdentity.userName": subject}
    assert value(source, "federation.identity", event) == f"{GITHUB} {folded}"
