"""What a call was about, how it went, and which client made it."""

from typing import Any

import pytest

from rekey.converters.registry import LogSourceFields
from tests.converters.fields.aws_cloudtrail.computed import CONTEXT, value


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


@pytest.mark.parametrize(
    ("lost", "name", "parameters"),
    [
        ("snapshots", "DeleteSnapshot", {}),
        ("snapshots", "DeregisterImage", {}),
        ("automated backups", "DeleteDBInstanceAutomatedBackup", {}),
        ("vault nightly", "DeleteRecoveryPoint", {"backupVaultName": "nightly"}),
        ("key 1234abcd", "ScheduleKeyDeletion", {"keyId": "1234abcd"}),
        ("bucket orders", "PutBucketVersioning", {"bucketName": "orders"}),
        ("plan nightly", "DeleteBackupPlan", {"backupPlanId": "nightly"}),
        ("table orders", "UpdateContinuousBackups", {"tableName": "orders"}),
        ("databases", "DeleteDBCluster", {"dBClusterIdentifier": "orders"}),
        ("protection of databases", "ModifyDBInstance", {"dBInstanceIdentifier": "orders"}),
        (None, "ScheduleKeyDeletion", {}),
        (None, "DescribeKey", {"keyId": "1234abcd"}),
    ],
)
def test_what_could_have_brought_data_back(
    source: LogSourceFields, lost: str | None, name: str, parameters: dict[str, str]
) -> None:
    given = {f"requestParameters.{key}": text for key, text in parameters.items()}
    assert value(source, "recovery.lost", given | {"eventName": name}) == lost


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("secrets read", {"eventName": "GetSecretValue"}),
        ("secret parameters read", {"eventName": "GetParameter", "requestParameters.withDecryption": True}),
        ("secret parameters read", {"eventName": "GetParametersByPath", "requestParameters.withDecryption": True}),
        ("other", {"eventName": "GetParameter", "requestParameters.withDecryption": False}),
        ("other", {"eventName": "GetParameters"}),
        ("resources opened", {"eventName": "CreateGrant"}),
    ],
)  # fmt: skip
def test_kinds_of_acts(source: LogSourceFields, kind: str, event: dict[str, Any]) -> None:
    assert value(source, "action.class", event) == kind


USER = "User: arn:aws:sts::999999999999:assumed-role/report/run is not authorized to perform: sts:AssumeRole"


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("111122223333", f"{USER} on resource: arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"),
        ("111122223333", f"{USER} on resource: arn:aws-us-gov:iam::111122223333:role/x because no policy allows it"),
        (None, USER),
        (None, f"{USER} on resource: arn:aws:iam::111122223333:user/x"),
        (None, None),
    ],
)  # fmt: skip
def test_the_account_of_a_role_that_was_refused(
    source: LogSourceFields, account: str | None, message: str | None
) -> None:
    event = {"errorMessage": message} if message else {}
    assert value(source, "role.refused_in", event) == account


GO = "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64"


@pytest.mark.parametrize(
    ("tool", "agent"),
    [
        ("infrastructure_as_code", "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.64.0"),
        ("infrastructure_as_code", "[APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)]"),
        ("infrastructure_as_code", "aws-sdk-go/1.25.3 (go1.12.5; linux; amd64) APN/1.0 HashiCorp/1.0 Terraform/0.11.14"),
        ("infrastructure_as_code", "APN/1.0 pulumi/1.0 PulumiAWS/6.50.1"),
        ("infrastructure_as_code", "APN/1.0 Ansible/2.17.3 amazon.aws/8.2.0"),
        ("infrastructure_as_code", "aws-controllers-k8s/iam.services.k8s.aws-v1.3.11 (CRDKind/Role) aws-sdk-go/1.49.0"),
        ("infrastructure_as_code", f"{GO} upbound-provider-aws/2.1.0 crossplane-provider-aws/2.1.0 api/iam#1.47"),
        ("infrastructure_as_code", f"[{GO} crossplane-provider-aws/v0.50.0]"),
        ("infrastructure_as_code", "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) tracker/1 Vault/1 eksctl/1"),
        ("eksctl", f"{GO} eksctl/0.215.0"),
        ("packer", f"{GO} HashiCorp/1.0 packer-plugin-amazon/1.3.9"),
        ("packer", "APN/1.0 HashiCorp/1.0 packer-plugin-amazon/1.3.2 (+https://www.packer.io)"),
        ("packer", "aws-sdk-go/1.44.114 (go1.21.9; linux; amd64) APN/1.0 HashiCorp/1.0 Packer/1.11.2"),
        ("vault", "aws-sdk-go/1.55.7 (go1.23.10; linux; amd64) Vault/1.20.2"),
        (None, "Boto3/1.34.162 md/Botocore#1.34.162 APN/1.0 HashiCorp/1.0 Terraform/1.9.5"),
        (None, "aws-cli/2.17.20 eksctl/0.215.0"),
        (None, "MyTerraform/1.0"),
        (None, GO),
        (None, None),
    ],
)  # fmt: skip
def test_a_tool_is_told_by_how_its_user_agent_begins(
    source: LogSourceFields, tool: str | None, agent: str | None
) -> None:
    assert value(source, "client.tool", {"userAgent": agent} if agent else {}) == tool
