"""The same in an account below an organisation, which cuts too."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rekey.providers.aws.provider import AwsProvider
from tests.fakes.service_control_fake import ServiceControlFake
from tests.providers.above import Above
from tests.providers.account import REGION
from tests.sweeps.aws.ground import OPTIONS, AwsGround
from tests.sweeps.aws.victim import AwsVictim, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.exchange import Seen

_PROFILE = "organisation"


@dataclass(frozen=True)
class WorldBelow:
    """One victim and what stands above him.

    Attributes:
        inside: as his account sees him.
        above: statements about him in the policies on the account.
        free: whether the thief's session opened something if the account denied nothing.
    """

    inside: World
    above: int
    free: bool


class VictimBelow(AwsVictim):
    """A victim in an account below."""

    ground: "OrganizationGround"

    def world(self) -> Any:
        above = sum(f'"{self.role}"' in json.dumps(one) for one in self.ground.statements())
        return WorldBelow(self.inside(), above, self._free())

    def effects(self, seen: "Sequence[Seen]") -> Mapping[str, int]:
        """Count; a policy that was made and not attached when a run died may get a later cut-off."""
        found = Counter(super().effects(seen))
        assert found.pop("UpdatePolicy", 0) <= 1
        return found

    def _free(self) -> bool:
        """Take the account's own deny away, look, and put it back."""
        assert self.role is not None
        given = {"RoleName": self.name, "PolicyName": "rekey-revoke-sessions"}
        held = self.policies().get(given["PolicyName"])
        if held is None:
            return self.accepted(self.session)
        self.ground.root.delete_role_policy(**given)
        free = self.accepted(self.session)
        self.ground.root.put_role_policy(**given, PolicyDocument=json.dumps(held))
        return free

    def lies(self) -> list[str]:
        cut = {"the thief's session is cut by the account alone": self._free()}
        return [*super().lies(), *(what for what, so in cut.items() if so)]

    def leaves(self) -> None:
        self.ground.frees(self)


class OrganizationGround(AwsGround):
    """An account whose organisation is connected; ministack keeps its policies, a fake enforces them."""

    def __init__(self, url: str) -> None:
        self.above = Above(url)
        self._fake = ServiceControlFake(url, self.above.account.id, self.above.member)
        self._fake.__enter__()
        super().__init__(self._fake.url, self.above.member)
        self.provider = AwsProvider(self.account.aws, OPTIONS, self.above.organization)

    def _victim(self, name: str, kind: str) -> AwsVictim:
        made = super()._victim(name, kind)
        return VictimBelow(self, made.name, made.user, made.key, made.session, made.role)

    def settings(self, url: str, folder: Path) -> Mapping[str, Any]:
        found = dict(super().settings(url, folder))
        (one,) = found["providers"]
        options = one["options"] | {"organization_profile": _PROFILE}
        return found | {"providers": [one | {"options": options}]}

    def environment(self, folder: Path) -> Mapping[str, str]:
        held, file = self.above.held, folder / "credentials"
        file.write_text(
            f"[{_PROFILE}]\nregion = {REGION}\naws_access_key_id = {held['AccessKeyId']}\n"
            f"aws_secret_access_key = {held['SecretAccessKey']}\n"
        )
        return {**super().environment(folder), "AWS_SHARED_CREDENTIALS_FILE": str(file)}

    def statements(self) -> "Sequence[dict[str, Any]]":
        """Give what the policies on the account deny."""
        return self._fake.denials()

    def frees(self, victim: AwsVictim) -> None:
        """Take away the policies about a victim: an account takes few."""
        client, member = self.above.client, self.above.member
        for one in client.list_policies_for_target(
            TargetId=member, Filter="SERVICE_CONTROL_POLICY"
        )["Policies"]:
            said = client.describe_policy(PolicyId=one["Id"])["Policy"]["Content"]
            if f'role/{victim.name}"' in said:
                client.detach_policy(PolicyId=one["Id"], TargetId=member)

    def close(self) -> None:
        self._fake.__exit__(None, None, None)
