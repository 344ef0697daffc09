"""An account on ministack in which services live whose credentials are stolen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from rekey.providers.aws.provider import AwsProvider
from rekey.providers.aws.settings import AwsOptions
from tests.providers.account import Account, policy
from tests.sweeps.aws_signed import call, credentials_of

STORED: Final = "old"
CONSUMERS: Final[dict[str, tuple[str, ...]]] = {"*": ("exporter",)}


@dataclass(frozen=True)
class Victim:
    """A service with a key and a secret of its name in the store, and a session of the thief.

    Attributes:
        key: the stolen one, as CreateAccessKey answers.
        session: opened with that key: of its user, or of ``role``.
        role: that the user may assume.
    """

    name: str
    user: str
    key: Mapping[str, Any]
    session: Mapping[str, Any]
    role: str | None = None


class Ground(Account):
    """One account; its root looks at the truth, and nothing of rekey stands in between."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.provider = AwsProvider(self.aws, AwsOptions(consumers=CONSUMERS, production=()))

    @cached_property
    def secrets(self) -> Any:
        """Secrets Manager, as root."""
        return self.client("secretsmanager", None)

    def victim(self, name: str, *, with_role: bool = False) -> Victim:
        """Make a service, and let its key be stolen."""
        arn = str(self.root.create_user(UserName=name)["User"]["Arn"])
        allowed = ["secretsmanager:ListSecrets", "sts:*"]
        document = policy(Effect="Allow", Action=allowed, Resource="*")
        self.root.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = self.make_key(name)
        self.secrets.create_secret(Name=name, SecretString=STORED)
        role = self._role(name, arn) if with_role else None
        return Victim(name, arn, key, self.steal(key, role), role)

    def steal(self, key: Mapping[str, Any], role: str | None = None) -> dict[str, Any]:
        """Open a session with a key, as its thief does.

        Raises:
            httpx.HTTPStatusError: the key does not open one.
        """
        if role is None:
            answer = call(self.url, key, "sts", "GetSessionToken")
        else:
            answer = call(self.url, key, "sts", "AssumeRole", RoleArn=role, RoleSessionName="thief")
        answer.raise_for_status()
        return credentials_of(answer.text)

    def _role(self, name: str, *trusted: str) -> str:
        trust = policy(Effect="Allow", Principal={"AWS": list(trusted)}, Action="sts:AssumeRole")
        made = self.root.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        document = policy(Effect="Allow", Action="secretsmanager:*", Resource="*")
        self.root.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    # The truth.

    def keys(self, user: str) -> dict[str, bool]:
        """Give the user's keys, and which of them are active."""
        found = self.root.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return {one["AccessKeyId"]: one["Status"] == "Active" for one in found}

    def policies(self, victim: Victim) -> dict[str, Any]:
        """Give the inline policies of the user, or of the role where there is one."""
        kind, given = ("role", "RoleName") if victim.role else ("user", "UserName")
        whose = {given: victim.name}
        names = getattr(self.root, f"list_{kind}_policies")(**whose)["PolicyNames"]
        read = getattr(self.root, f"get_{kind}_policy")
        return {one: read(PolicyName=one, **whose)["PolicyDocument"] for one in names}

    def trust(self, victim: Victim) -> list[dict[str, Any]]:
        """Give the statements of the role's trust policy."""
        found = self.root.get_role(RoleName=victim.name)["Role"]["AssumeRolePolicyDocument"]
        return list(found["Statement"])

    def versions(self, victim: Victim) -> int:
        """Count what was ever written to the victim's place in the store."""
        found = self.secrets.list_secret_version_ids(SecretId=victim.name, IncludeDeprecated=True)
        return len(found["Versions"])

    def current(self, victim: Victim) -> dict[str, Any] | None:
        """Give the key that is stored; ``None`` while it is the secret from before."""
        text = str(self.secrets.get_secret_value(SecretId=victim.name)["SecretString"])
        return None if text == STORED else dict(json.loads(text))

    def accepted(self, held: Mapping[str, Any]) -> bool:
        """Present a credential with what it was allowed to do.

        ``ListSecrets`` and not ``GetCallerIdentity``, which works in spite of any deny.
        """
        return call(self.url, held, "secretsmanager", "ListSecrets").status_code == 200

    def refusal(self, held: Mapping[str, Any]) -> str:
        """Present a key to STS, and give why it is refused; empty if it is not."""
        answer = call(self.url, held, "sts", "GetCallerIdentity")
        return "" if answer.status_code == 200 else answer.text
