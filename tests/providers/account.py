"""One account of its own on ministack: a responder, and a service with a key."""

import itertools
import json
import os
import time
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from rekey.containment.call import Call
from rekey.containment.secret import Secret
from rekey.containment.target import Target, Wanted
from rekey.providers.aws.client import Aws
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.store import SecretsManagerStore

REGION = "us-east-1"
_numbers = itertools.count(100_000_000_000 + os.getpid() * 1000)


class Account:
    """The account, seen by its responder; each test has one."""

    def __init__(self, url: str, id: str | None = None) -> None:
        self.url, self.id = url, id or str(next(_numbers))
        self.root = self.iam(None)
        self.responder = self.user("responder", "*")
        self.key = self.user("svc", "secretsmanager:ListSecrets", "sts:*")
        self.client("secretsmanager", self.responder).create_secret(Name="svc", SecretString="old")
        self.aws = Aws(self.session(self.responder), url)
        options = AwsOptions(
            consumers={"*user/svc": ("exporter",)}, production=(), trail_seconds=1, regions=()
        )
        self.provider = AwsProvider(self.aws, options)
        self.store = SecretsManagerStore(self.aws, "aws-secretsmanager")

    def session(self, held: dict[str, Any] | None) -> boto3.Session:
        given = held or {"AccessKeyId": self.id, "SecretAccessKey": "test"}
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken"), REGION
        )

    def client(self, service: str, held: dict[str, Any] | None) -> Any:
        return self.session(held).client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    def iam(self, held: dict[str, Any] | None) -> Any:
        return self.client("iam", held)

    def user(self, name: str, *allowed: str) -> dict[str, Any]:
        self.root.create_user(UserName=name)
        document = policy(Effect="Allow", Action=list(allowed), Resource="*")
        self.root.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        return self.make_key(name)

    def make_key(self, name: str = "svc") -> dict[str, Any]:
        return dict(self.root.create_access_key(UserName=name)["AccessKey"])

    def role(self, *trusted: str, name: str = "deploy", allowed: Any = "secretsmanager:*") -> str:
        who = [one if one.startswith("arn:") else self.arn(f"user/{one}") for one in trusted]
        return self.trusting(name, allowed, Principal={"AWS": who}, Action="sts:AssumeRole")

    def trusting(self, name: str, allowed: Any, **statement: Any) -> str:
        trust = policy(Effect="Allow", **statement)
        found = self.root.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        document = policy(Effect="Allow", Action=allowed, Resource="*")
        self.root.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        return str(found["Role"]["Arn"])

    def arn(self, what: str) -> str:
        return f"arn:aws:iam::{self.id}:{what}"

    def trust(self, role: str = "deploy") -> list[dict[str, Any]]:
        found = self.root.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        return list(found["Statement"])

    def assume(self, role: str, held: dict[str, Any], name: str = "worker") -> dict[str, Any]:
        sts = self.client("sts", held)
        return dict(sts.assume_role(RoleArn=role, RoleSessionName=name)["Credentials"])

    def session_of(self, held: dict[str, Any]) -> dict[str, Any]:
        return dict(self.client("sts", held).get_session_token()["Credentials"])

    def answer(self, held: dict[str, Any], service: str = "secretsmanager") -> str:
        """Use a credential for something that it may do: AWS's code, or nothing."""
        client = self.client(service, held)
        try:
            client.list_secrets() if service == "secretsmanager" else client.get_caller_identity()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    def status(self, held: dict[str, Any]) -> str:
        keys = self.root.list_access_keys(UserName="svc")["AccessKeyMetadata"]
        return next((k["Status"] for k in keys if k["AccessKeyId"] == held["AccessKeyId"]), "")

    def stored(self) -> str:
        found = self.client("secretsmanager", self.responder).get_secret_value(SecretId="svc")
        return str(found["SecretString"])

    def action(self, name: str) -> Any:
        return next(one for one in self.provider.actions() if one.spec.name == f"aws.{name}")

    def located(self, held: dict[str, Any]) -> Target:
        return self.provider.locate(Wanted("aws_access_key", held["AccessKeyId"]))


def next_second() -> datetime:
    """Let a second pass: IAM dates things in whole ones."""
    time.sleep(1.05)
    return datetime.now(UTC)


def policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def of_role(account: Account, role: str) -> Target:
    return account.provider.locate(Wanted("aws_session_key", "ASIA", actor=role))


def call(target: Target, cutoff: datetime | None = None, **given: Any) -> Call:
    return Call(target, "run", "1-step", "rekey-run-1-step", cutoff=cutoff, **given)


def shown(held: dict[str, Any]) -> Secret:
    parts = [held["AccessKeyId"], held["SecretAccessKey"], held.get("SessionToken")]
    return Secret(":".join(one for one in parts if one))
