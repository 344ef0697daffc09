"""An account on ministack in which services live whose credentials are stolen."""

import json
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Final

from rekey.containment.action_spec import Permission
from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.store import SecretsManagerStore
from tests.faults.exchange import Answer, Request
from tests.faults.proxy import FaultProxy
from tests.providers.account import REGION, Account, policy
from tests.rounds import ALL
from tests.sweeps.aws import calls, words
from tests.sweeps.aws.signed import call, credentials_of
from tests.sweeps.aws.victim import STORED, AwsVictim
from tests.sweeps.ground import Ground

CONSUMERS: Final[dict[str, tuple[str, ...]]] = {"*": ("exporter",)}
REGIONS: Final = None if ALL else ("eu-west-1",)
"""Where CloudTrail is asked besides IAM's own region. In all that are enabled a survey asks the same
again thirty times over, which is nine tenths of a run; a full sweep does."""
OPTIONS: Final = AwsOptions(consumers=CONSUMERS, production=(), regions=REGIONS)
_STORE: Final = tuple(
    f"secretsmanager:{one}" for one in (
        "DescribeSecret", "ListSecretVersionIds", "PutSecretValue", "UpdateSecretVersionStage"
    )
)  # fmt: skip
"""What the store needs besides, see docs/providers.md."""
_GAP: Final = ("iam:GetAccessKeyLastUsed",)
"""Of these ministack does not know that the resource is the user."""


class AwsGround(Ground):
    """One account; its root looks at the truth, and nothing of rekey stands in between."""

    def __init__(self, url: str, id: str | None = None) -> None:
        self.account, self.url, self._numbers = Account(url, id), url, count()
        self.root = self.account.root
        self.grant(self.permissions())
        self.provider = AwsProvider(self.account.aws, OPTIONS)
        self.store = SecretsManagerStore(self.account.aws, "aws-secretsmanager")

    def proxy(self) -> FaultProxy:
        return FaultProxy(self.url, name=self.operation, reads=self.reads)

    def victims(self, number: int, kind: str) -> Sequence[AwsVictim]:
        """Make services, ``key``, ``role`` or ``session``, and let a second pass.

        IAM dates things in whole seconds, and a survey reports what is as new as the abuse.
        """
        made = [self._victim(f"svc-{next(self._numbers)}", kind) for _ in range(number)]
        time.sleep(1.01)
        return made

    def _victim(self, name: str, kind: str) -> AwsVictim:
        arn = str(self.root.create_user(UserName=name)["User"]["Arn"])
        allowed = ["secretsmanager:ListSecrets", "sts:*"]
        document = policy(Effect="Allow", Action=allowed, Resource="*")
        self.root.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = self.account.make_key(name)
        self.secrets.create_secret(Name=name, SecretString=STORED)
        role = None if kind == "key" else self._role(name, arn)
        honest = self.steal(key, role, "worker") if kind == "session" else None
        return AwsVictim(self, name, arn, key, self.steal(key, role), role, honest=honest)

    def _role(self, name: str, *trusted: str) -> str:
        trust = policy(Effect="Allow", Principal={"AWS": list(trusted)}, Action="sts:AssumeRole")
        made = self.root.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        document = policy(Effect="Allow", Action="secretsmanager:*", Resource="*")
        self.root.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def trusts(self, name: str, trust: Mapping[str, Any]) -> None:
        """Write a role's trust policy."""
        self.root.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))

    def steal(
        self, key: Mapping[str, Any], role: str | None = None, name: str = "thief"
    ) -> dict[str, Any]:
        """Open a session with a key, as its thief does.

        Raises:
            httpx.HTTPStatusError: the key does not open one.
        """
        if role is None:
            answer = call(self.url, key, "sts", "GetSessionToken")
        else:
            answer = call(self.url, key, "sts", "AssumeRole", RoleArn=role, RoleSessionName=name)
        answer.raise_for_status()
        return credentials_of(answer.text)

    def settings(self, url: str, folder: Path) -> Mapping[str, Any]:
        own = {"endpoint_url": url}
        aws = own | OPTIONS.model_dump(mode="json", exclude_unset=True)
        return {
            "providers": [{"name": "aws", "options": aws}],
            "stores": [{"name": self.store.name, "provider": "aws", "options": own}],
        }

    def environment(self, folder: Path) -> Mapping[str, str]:
        own = self.account.responder
        return {
            "AWS_ACCESS_KEY_ID": own["AccessKeyId"], "AWS_DEFAULT_REGION": REGION,
            "AWS_SECRET_ACCESS_KEY": own["SecretAccessKey"], "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        }  # fmt: skip

    def operation(self, request: Request) -> str:
        return calls.operation(request)

    def reads(self, request: Request) -> bool:
        return calls.reads(request)

    def refusal(self, why: str, request: Request) -> Answer:
        return words.refusal(why, request)

    def success(self, request: Request) -> Answer:
        return words.success(request)

    def writes(self, request: Request) -> bool:
        return calls.operation(request) == "PutSecretValue"

    @cached_property
    def secrets(self) -> Any:
        """Secrets Manager, as root."""
        return self.account.client("secretsmanager", None)

    # What the responder may do.

    def permissions(self) -> frozenset[Permission]:
        """Give all that the actions name, and what the store needs."""
        provider = AwsProvider(self.account.aws, AwsOptions())
        named = {one for action in provider.actions() for one in action.spec.permissions}
        return frozenset(named | {Permission(name) for name in (*_STORE, *_GAP)})

    def grant(self, permissions: frozenset[Permission]) -> None:
        """Let the responder do this, and nothing else."""
        document = AwsProvider(self.account.aws, AwsOptions()).policy(permissions)
        self.root.put_user_policy(UserName="responder", PolicyName="own", PolicyDocument=document)
