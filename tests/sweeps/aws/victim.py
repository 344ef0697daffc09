"""A service with a key of its own, and the truth about it."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from tests.fakes.people import People
from tests.faults.exchange import Seen
from tests.providers.account import shown
from tests.providers.incident import Incident
from tests.sweeps.aws.signed import call
from tests.sweeps.ground import Victim

if TYPE_CHECKING:
    from tests.sweeps.aws.ground import AwsGround

STORED: Final = "old"
_NAMED: Final = re.compile("(rekey-deny)-rekey[0-9a-f]{12}.*")
"""A policy that one run made for itself."""
Key = Literal["accepted", "off", "gone"]


@dataclass(frozen=True)
class World:
    """One victim, as the account's root sees him.

    Attributes:
        old: the stolen key.
        successors: other keys that are active.
        stored: whether the store's current value is a successor, and opens what it should.
        session: whether the thief's session opens anything.
        policies: statements of each inline policy; what each run calls its own way has one name.
        trust: statements of the role's trust policy.
        honest: whether somebody else's session of the role opens what it should.
    """

    old: Key
    successors: int
    stored: bool
    session: bool
    policies: tuple[tuple[str, int], ...]
    trust: int = 0
    honest: bool = False


@dataclass
class AwsVictim(Victim):
    """A service with a key and a secret of its name in the store, and a session of the thief.

    Attributes:
        key: the stolen one, as CreateAccessKey answers.
        session: opened with that key: of its user, or of ``role``.
        role: that the user may assume.
        sessions: further ones that the thief opened.
        honest: a session of the role that is not his, and has to be spared.
    """

    ground: "AwsGround"
    name: str
    user: str
    key: Mapping[str, Any] = field(repr=False)
    session: Mapping[str, Any] = field(repr=False)
    role: str | None = None
    sessions: list[Mapping[str, Any]] = field(default_factory=list, repr=False)
    honest: Mapping[str, Any] | None = field(default=None, repr=False)

    def incident(self, people: People, folder: Path, since: datetime) -> Incident:
        ground, account, key = self.ground, self.ground.account.id, self.key["AccessKeyId"]
        if self.role:
            return Incident(
                ground.provider, people, folder, self.session["AccessKeyId"], "aws_session_key",
                self.role, account, "aws_single_session" if self.honest else "aws_role_session",
                parent=key, since=since,
            )  # fmt: skip
        return Incident(
            ground.provider, people, folder, key, "aws_access_key", self.user, account,
            "aws_access_key", store=ground.store, destination=self.name, since=since,
        )  # fmt: skip

    @property
    def presented(self) -> Mapping[str, str]:
        if self.role:
            return {self.role: shown(dict(self.session)).reveal()}
        return {self.key["AccessKeyId"]: shown(dict(self.key)).reveal()}

    def restarts(self) -> None:
        if (held := self.current()) is not None:
            self.accepted(held)

    def is_replaced(self) -> None:
        root, name = self.ground.root, self.name
        if self.role:
            trust = root.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
            root.delete_role_policy(RoleName=name, PolicyName="own")
            root.delete_role(RoleName=name)
            root.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
            return
        root.delete_access_key(UserName=name, AccessKeyId=self.key["AccessKeyId"])
        root.delete_user_policy(UserName=name, PolicyName="own")
        root.delete_user(UserName=name)
        root.create_user(UserName=name)
        root.create_access_key(UserName=name)

    def world(self) -> World:
        return self.inside()

    def inside(self) -> World:
        """Look at the account."""
        keys, id = self.keys(), self.key["AccessKeyId"]
        others = {one for one, active in keys.items() if active and one != id}
        held, policies = self.current(), self.policies()
        return World(
            self._old(keys), len(others),
            held is not None and held["AccessKeyId"] in others and self.accepted(held),
            self.accepted(self.session),
            tuple(sorted((_NAMED.sub(r"\1", name), len(said["Statement"]))
                         for name, said in policies.items())),
            len(self.trust()) if self.role else 0,
            self.honest is not None and self.accepted(self.honest),
        )  # fmt: skip

    def effects(self, seen: Sequence[Seen]) -> Mapping[str, int]:
        return Counter(one.name for one in seen if one.accepted and not one.reads)

    def lies(self) -> list[str]:
        seen = self.inside()
        alive = [one["AccessKeyId"] for one in self.sessions if self.accepted(one)]
        wrong = {"the stolen session opens something": seen.session, f"alive: {alive}": bool(alive)}
        if self.honest:
            wrong["an honest session is cut"] = not seen.honest
        if not self.role:
            wrong |= {
                "the stolen key is accepted": seen.old == "accepted",
                f"{seen.successors} successors": seen.successors != 1,
                "no successor that works is stored": not seen.stored,
            }
        return [what for what, so in wrong.items() if so]

    def _old(self, keys: Mapping[str, bool]) -> Key:
        """Present the stolen key; what the list says must agree."""
        refusal, id = self._refusal(), self.key["AccessKeyId"]
        assert bool(refusal) is not keys.get(id, False), "the server disagrees with itself"
        if not refusal:
            return "accepted"
        assert "InvalidClientTokenId" in refusal
        return "off" if id in keys else "gone"

    def _refusal(self) -> str:
        """Present the stolen key to STS, and give why it is refused; empty if it is not."""
        answer = call(self.ground.url, self.key, "sts", "GetCallerIdentity")
        return "" if answer.status_code == 200 else answer.text

    def keys(self) -> dict[str, bool]:
        """Give the user's keys, and which of them are active."""
        found = self.ground.root.list_access_keys(UserName=self.name)["AccessKeyMetadata"]
        return {one["AccessKeyId"]: one["Status"] == "Active" for one in found}

    def policies(self) -> dict[str, Any]:
        """Give the inline policies of the user, or of the role where there is one."""
        kind, given = ("role", "RoleName") if self.role else ("user", "UserName")
        whose, root = {given: self.name}, self.ground.root
        names = getattr(root, f"list_{kind}_policies")(**whose)["PolicyNames"]
        read = getattr(root, f"get_{kind}_policy")
        return {one: read(PolicyName=one, **whose)["PolicyDocument"] for one in names}

    def trust(self) -> list[dict[str, Any]]:
        """Give the statements of the role's trust policy."""
        found = self.ground.root.get_role(RoleName=self.name)["Role"]["AssumeRolePolicyDocument"]
        return list(found["Statement"])

    def current(self) -> dict[str, Any] | None:
        """Give the key that is stored; ``None`` while it is the secret from before."""
        text = str(self.ground.secrets.get_secret_value(SecretId=self.name)["SecretString"])
        return None if text == STORED else dict(json.loads(text))

    def accepted(self, held: Mapping[str, Any]) -> bool:
        """Present a credential with what it was allowed to do.

        ``ListSecrets`` and not ``GetCallerIdentity``, which works in spite of any deny.
        """
        return call(self.ground.url, held, "secretsmanager", "ListSecrets").status_code == 200
