"""Example Parcel's AWS accounts as they were before the theft, as far as it touched them.

Names, trust and habits are those of the shipped logs; the policies are the least that lets
everybody do there what the logs show.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import boto3

from rekey.demo import names
from rekey.demo.workloads import HONEST, Workloads, held
from rekey.providers.aws.client import Aws
from rekey.providers.aws.credential import Credential
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions

_UNSCOPED: Final = ("iam:GetAccessKeyLastUsed", "iam:SimulatePrincipalPolicy")
"""AWS knows whom these calls are about and holds a policy's resources against it; the emulator takes
them for calls about everything (``tests/providers/aws/test_gaps.py``)."""

_READS_SECRETS: Final = ("secretsmanager:GetSecretValue", "secretsmanager:ListSecrets")
_PIPES: Final = ("s3:*", "iam:ListUsers", "iam:ListAccessKeys", "iam:CreateAccessKey")


class Company:
    """The accounts, made on an emulator.

    Args:
        url: of the emulator.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._production = self._root(names.PRODUCTION)
        self._data = self._root(names.DATA)
        self._build_production()
        self.workloads = Workloads(url, self._production, self._build_data())
        self.responders = {
            names.PRODUCTION: _responder(self._production), names.DATA: _responder(self._data)
        }  # fmt: skip
        """Account → key of the user that rekey runs as."""

    def narrow_trust(self) -> None:
        """Do by hand what the playbook ``aws_federation_trust`` says: name who may deploy."""
        subjects = [f"repo:example-parcel/{one}:{HONEST}" for one in names.REPOSITORIES]
        self._production.change(
            "iam", "update_assume_role_policy", RoleName=_name(names.DEPLOYER),
            PolicyDocument=_policy(self._trust("StringEquals", subjects)),
        )  # fmt: skip

    def _build_production(self) -> None:
        aws = self._production
        self._github = aws.change(
            "iam", "create_open_id_connect_provider", Url=f"https://{names.ISSUER}",
            ClientIDList=[names.AUDIENCE], ThumbprintList=["0" * 40],
        )["OpenIDConnectProviderArn"]  # fmt: skip
        # The mistake that the thief found: any repository of the organisation will do.
        anybody = self._trust("StringLike", ["repo:example-parcel/*"])
        _role(aws, names.DEPLOYER, anybody, [*_READS_SECRETS, "sts:AssumeRole"])
        _role(aws, names.WORKER, _trusting(f"arn:aws:iam::{names.PRODUCTION}:root"),
              ["sts:AssumeRole"])  # fmt: skip
        aws.change("secretsmanager", "create_secret", Name=names.SECRET, SecretString="{}")

    def _build_data(self) -> Credential:
        aws = self._data
        _role(aws, names.PIPELINE, _trusting(names.WORKER, names.DEPLOYER), _PIPES)
        for bucket in (names.LAKE, names.EXPORTS):
            where = {"LocationConstraint": names.REGION}
            aws.change("s3", "create_bucket", Bucket=bucket, CreateBucketConfiguration=where)
        return _user(aws, names.EXPORTER, {"own": _allow(["s3:*"])})

    def _trust(self, operator: str, subjects: Sequence[str]) -> dict[str, Any]:
        conditions: dict[str, dict[str, Any]] = {
            "StringEquals": {f"{names.ISSUER}:aud": names.AUDIENCE}
        }
        conditions.setdefault(operator, {})[f"{names.ISSUER}:sub"] = list(subjects)
        return {
            "Effect": "Allow", "Principal": {"Federated": self._github},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": conditions,
        }  # fmt: skip

    def _root(self, account: str) -> Aws:
        return Aws(boto3.Session(account, "test", region_name=names.REGION), self.url)


def _responder(aws: Aws) -> Credential:
    """Make the user that rekey runs as, with the rights that ``rekey doctor --policy`` lists."""
    provider = AwsProvider(aws, AwsOptions())
    needed = {one for action in provider.actions() for one in action.spec.permissions}
    listed = sorted(needed, key=lambda one: (one.name, one.resource))
    policies = {"rekey": provider.policy(listed), "of-the-emulator": _allow(_UNSCOPED)}
    return _user(aws, names.RESPONDER, policies)


def _user(aws: Aws, name: str, policies: dict[str, str]) -> Credential:
    aws.change("iam", "create_user", UserName=name)
    for policy, document in policies.items():
        aws.change("iam", "put_user_policy", UserName=name, PolicyName=policy,
                   PolicyDocument=document)  # fmt: skip
    return held(aws.change("iam", "create_access_key", UserName=name)["AccessKey"])


def _role(aws: Aws, arn: str, trust: dict[str, Any], allowed: Sequence[str]) -> None:
    name = _name(arn)
    aws.change("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    aws.change("iam", "put_role_policy", RoleName=name, PolicyName="own",
               PolicyDocument=_allow(allowed))  # fmt: skip


def _trusting(*principals: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}


def _allow(actions: Sequence[str]) -> str:
    return _policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
