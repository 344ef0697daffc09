"""The CloudTrail registry agrees with Elastic's mapping, the fixtures and the vendor's examples."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rekey.converters.duckdb.layout import Layout
from rekey.converters.registry import Expression, LogSourceFields, placeholders, registry

ROOT = Path(__file__).parents[3]
ROLE = "arn:aws:iam::111122223333:role/"
SESSION = "arn:aws:sts::111122223333:assumed-role/"
OIDC = "arn:aws:iam::111122223333:oidc-provider/"
GITHUB = OIDC + "token.actions.githubusercontent.com"
CONTEXT = "userIdentity.sessionContext."


@pytest.fixture(scope="module")
def source() -> LogSourceFields:
    return registry()["aws_cloudtrail"]


def value(source: LogSourceFields, name: str, event: dict[str, Any]) -> Any:
    """Compute a derived field or a role for one event, given as raw field → value."""
    entry = source.derived.get(name) or source.roles[name]
    assert isinstance(entry, Expression)
    sql = re.sub(r"\{([^{}]+)\}", r'"\1"', entry.duckdb or "")
    columns, given = [], []
    for field in dict.fromkeys(placeholders(entry.duckdb or "")):
        kind = "VARCHAR[]" if source.is_array(field) else "VARCHAR"
        columns.append(f'CAST(? AS {kind}) AS "{field}"')
        given.append(event.get(field))
    query = f"SELECT ({sql}) FROM (SELECT {', '.join(columns)})"
    rows = duckdb.execute(query, given).fetchall()
    return rows[0][0]


def fixture_records() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted((ROOT / "fixtures" / "aws").glob("*/*.ndjson")):
        for line in file.read_text("utf-8").splitlines():
            document = json.loads(line)
            yield file, document.get("record", document)


def has_path(document: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    key, is_array = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(document, dict) or key not in document:
        return False
    below = document[key] if is_array else [document[key]]
    return any(has_path(item, path[1:]) for item in below or [])


def test_every_elastic_name_and_type_is_in_elastics_own_table(source: LogSourceFields) -> None:
    table = ROOT / "tests" / "data" / "elastic" / "aws.cloudtrail.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    exact = {(row["elastic_path"], row["type"]) for row in rows}
    flattened = tuple(row["elastic_path"][:-1] for row in rows if row["raw_path"].endswith(".*"))
    dropped = {row["raw_path"] for row in rows if not row["elastic_path"]}
    for name, field in source.fields.items():
        if field.elastic is None:
            assert field.note, name
        elif field.elastic_type == "flattened":
            assert field.elastic.startswith(flattened), name
        else:
            assert (field.elastic, field.elastic_type) in exact, name
        assert not (field.elastic and name in dropped), name


def test_every_field_has_a_known_source_and_none_is_a_secret(source: LogSourceFields) -> None:
    assert {field.source for field in source.fields.values()} <= source.sources.keys()
    secrets = [tuple(path.replace("[]", "").split(".")) for path in source.redact]
    for name in source.fields:
        keys = tuple(key.removesuffix("[]") for key in source.path(name))
        for secret in secrets:
            wanted = zip(secret, keys, strict=False)
            assert len(secret) > len(keys) or not all(a in ("*", b) for a, b in wanted), name


def test_every_expression_names_fields_of_the_registry(source: LogSourceFields) -> None:
    names = frozenset({*source.roles, *source.derived})
    layout = Layout(source, names)
    assert all(layout.column(name) for name in names)
    assert set(placeholders(source.mint or "")) <= source.fields.keys()


def test_fixtures_hold_the_required_fields_and_most_roles(source: LogSourceFields) -> None:
    seen: set[str] = set()
    for file, record in fixture_records():
        assert all(record.get(name) for name in (*source.required, *source.key)), file
        seen |= {name for name in source.fields if has_path(record, source.path(name))}
    read = {
        name
        for role in source.roles.values()
        for name in (role if isinstance(role, tuple) else placeholders(role.duckdb or ""))
        if name in source.fields
    }
    # Set by a site's own trust policies, by IAM Identity Center, vendors and Roles Anywhere.
    assert read - seen <= {
        "userIdentity.sessionContext.sourceIdentity", "requestParameters.sourceIdentity",
        "userIdentity.onBehalfOf.userId", "userIdentity.invokedByDelegate.accountId",
        "userIdentity.credentialId", "requestParameters.functionName",
        "responseElements.credentialSet.credentials.accessKeyId",
    }  # fmt: skip


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


def test_credentials(source: LogSourceFields) -> None:
    web = {
        "eventName": "AssumeRoleWithWebIdentity", "userIdentity.type": "WebIdentityUser",
        "userIdentity.userName": "repo:o/r:ref:refs/heads/main",
    }  # fmt: skip
    assert value(source, "credential.id", web) == "oidc:repo:o/r:ref:refs/heads/main"
    assert value(source, "credential.kind", web) == "oidc_subject"
    assert value(source, "credential.subject", web) == "repo:o/r:ref:refs/heads/main"
    empty = {"eventName": "ListBuckets", "userIdentity.accessKeyId": ""}
    assert value(source, "credential.id", empty) is None
    assert value(source, "credential.kind", empty) is None
    for prefix, kind in (("AKIA", "aws_access_key"), ("ASIA", "aws_session_key")):
        key = {"eventName": "ListBuckets", "userIdentity.accessKeyId": prefix + "IOSFODNN7EXAMPLE"}
        assert value(source, "credential.kind", key) == kind
    made = {"responseElements.accessKey.accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    assert value(source, "credential.minted_id", made) == "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("Mar 23, 2016 2:39:51 AM", "2016-03-23T02:39:51Z"),
        ("Apr 16, 2025, 3:46:56 PM", "2025-04-16T15:46:56Z"),
        ("Apr 16, 2025, 3:46:56\u202fPM", "2025-04-16T15:46:56Z"),
        ("2025-04-16T15:46:56Z", "2025-04-16T15:46:56Z"),
        ("soon", None),
    ],
)
def test_expiry_of_what_is_minted(source: LogSourceFields, text: str, expiry: str | None) -> None:
    event = {"responseElements.credentials.expiration": text}
    assert value(source, "credential.minted_expires_at", event) == expiry


@pytest.mark.parametrize("created", ["2026-11-03T06:30:00Z", "20261103T063000Z"])
def test_age(source: LogSourceFields, created: str) -> None:
    event = {"eventTime": "2026-11-03T09:00:00Z", CONTEXT + "attributes.creationDate": created}
    assert value(source, "credential.age_hours", event) == 2.5


@pytest.mark.parametrize(
    ("secret", "event"),
    [
        ("prod/db", {"requestParameters.secretId": "prod/db"}),
        (
            "prod/my-db",
            {"requestParameters.secretId": "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:prod/my-db-AbC123"},
        ),
        ("/prod/db", {"requestParameters.name": "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db"}),
        ("/prod", {"requestParameters.path": "/prod"}),
        ("a,b", {"requestParameters.names": ["a", "b"]}),
        (None, {"requestParameters.names": []}),
    ],
)  # fmt: skip
def test_one_name_for_a_secret(
    source: LogSourceFields, secret: str | None, event: dict[str, Any]
) -> None:
    assert value(source, "secret.name", event) == secret


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


def test_bindings(source: LogSourceFields) -> None:
    node = {"userIdentity.principalId": "AROAIDPPEZS35WEXAMPLE:i-0a1b2c3d4e5f60718"}
    assert value(source, "credential.bound_to", node) == "i-0a1b2c3d4e5f60718"
    assert value(source, "origin.node", node) == "i-0a1b2c3d4e5f60718"
    assert (
        value(source, "credential.bound_to", {"userIdentity.principalId": "AROAX:i-am-not"}) is None
    )
    issuer = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7"
    for field in (
        "userIdentity.identityProvider",
        CONTEXT + "webIdFederationData.federatedProvider",
    ):
        assert value(source, "origin.cluster", {field: OIDC + issuer}) == issuer
    assert value(source, "origin.cluster", {"userIdentity.identityProvider": GITHUB}) is None


@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        ("success", {}),
        ("denied", {"errorCode": "Client.UnauthorizedOperation"}),
        ("denied", {"errorCode": "AccessDeniedException"}),
        ("failure", {"errorCode": "ValidationException"}),
        ("failure", {"errorMessage": "Failed authentication"}),
    ],
)
def test_outcome(source: LogSourceFields, outcome: str, event: dict[str, str]) -> None:
    assert value(source, "action.outcome", event) == outcome


@pytest.mark.parametrize(
    ("itself", "event"),
    [
        ("true", {"userIdentity.type": "IAMUser", "userIdentity.userName": "a"}),
        (
            "true",
            {
                "userIdentity.type": "IAMUser", "userIdentity.userName": "a",
                "requestParameters.userName": "a",
            },
        ),
        (
            "false",
            {
                "userIdentity.type": "IAMUser", "userIdentity.userName": "a",
                "requestParameters.userName": "b",
            },
        ),
        ("false", {"userIdentity.type": "AssumedRole", "requestParameters.userName": "b"}),
        (
            "true",
            {
                "userIdentity.type": "AssumedRole", CONTEXT + "sessionIssuer.userName": "app",
                "requestParameters.roleName": "app",
            },
        ),
        (
            "false",
            {
                "userIdentity.type": "IAMUser", "userIdentity.userName": "a",
                "requestParameters.roleName": "app",
            },
        ),
    ],
)  # fmt: skip
def test_an_identity_that_acts_on_itself(
    source: LogSourceFields, itself: str, event: dict[str, str]
) -> None:
    assert value(source, "target.is_self", event) == itself


@pytest.mark.parametrize(
    ("holder", "event"),
    [
        ("user", {"userIdentity.accessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        ("user", {"userIdentity.type": "IAMUser", "userIdentity.accessKeyId": ""}),
        ("instance", {"userIdentity.principalId": "AROAX:i-0a1b2c3d4e5f60718"}),
        ("instance", {"userIdentity.principalId": "AROAX:mi-0a1b2c3d4e5f60718"}),
        ("instance", {CONTEXT + "ec2RoleDelivery": "1.0", "userIdentity.principalId": "AROAX:any"}),
        ("function", {"userIdentity.inScopeOf.issuerType": "AWS::Lambda::Function"}),
        ("pod", {"userIdentity.principalId": "AROAX:eks-prod-cart-7d4b-0f8c2a1e-8b1d-4a7e-9a55-1f2d3c4b5a69"}),
        (
            "pod",
            {
                CONTEXT + "webIdFederationData.federatedProvider": OIDC
                + "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7"
            },
        ),
        ("job", {CONTEXT + "webIdFederationData.federatedProvider": GITHUB}),
        ("task", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:" + "0a1b" * 8}),
        ("session", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:" + "0xyz" * 8}),
        ("session", {"userIdentity.type": "AssumedRole", "userIdentity.principalId": "AROAX:i-am-not"}),
        ("session", {"userIdentity.type": "FederatedUser", "userIdentity.accessKeyId": "ASIAIOSFODNN7EXAMPLE"}),
        (None, {"userIdentity.type": "AWSService"}),
        (None, {"userIdentity.type": "Root", "userIdentity.accessKeyId": ""}),
    ],
)  # fmt: skip
def test_who_holds_a_credential(
    source: LogSourceFields, holder: str | None, event: dict[str, str]
) -> None:
    assert value(source, "credential.holder", event) == holder


@pytest.mark.parametrize(
    ("system", "agent"),
    [
        ("linux 6.8", "aws-cli/2.22.12 md/awscrt#0.23.4 ua/2.0 os/linux#6.8.0-57-generic lang/python#3.12.6"),
        ("linux 5.4", "aws-cli/1.18.69 Python/3.8.10 Linux/5.4.0-42-generic botocore/1.16.19"),
        ("windows", "Boto3/1.34.42 md/Botocore#1.34.42 ua/2.0 os/windows#10 lang/python#3.12.6"),
        ("linux 5.10", "aws-sdk-java/2.25.60 md/io#sync ua/2.1 os/Linux#5.10.225-213.878.amzn2.x86_64 lang/java#17.0.12"),
        (None, "aws-sdk-nodejs/2.1692.0 linux/v18.17.0 exec-env/AWS_Lambda_nodejs18.x"),
        (None, "aws-sdk-go-v2/1.32.2 ua/2.1 os/linux lang/go#1.23.2 md/GOOS#linux md/GOARCH#amd64"),
        ("macos", "aws-cli/2.15.0 Python/3.11.6 Darwin/23.2.0 source/arm64 prompt/off command/s3.ls"),
        ("linux 6.6", "docker/26.0.0 go/go1.21.8 git-commit/8b79278 kernel/6.6.9-amd64 os/linux arch/amd64"),
        ("macos", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"),
        (None, "curl/8.5.0"),
        (None, "AWS Internal"),
    ],
)  # fmt: skip
def test_the_system_that_a_client_names(
    source: LogSourceFields, system: str | None, agent: str
) -> None:
    assert value(source, "client.system", {"userAgent": agent}) == system


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
        (None, {}),
    ],
)  # fmt: skip
def test_whom_a_resource_is_opened_to(
    source: LogSourceFields, opened: str | None, event: dict[str, str]
) -> None:
    given = {f"requestParameters.{name}": text for name, text in event.items()}
    given["recipientAccountId"] = "111122223333"
    assert value(source, "share.opened_to", given) == opened
