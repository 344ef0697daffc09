"""Workloads of a Vault, one class for each kind of credential, and the truth about them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from tests.fakes.people import People
from tests.faults.exchange import Seen
from tests.providers.incident import Incident
from tests.sweeps.ground import Victim
from tests.sweeps.vault.audit import Audit
from tests.sweeps.vault.calls import digest

if TYPE_CHECKING:
    from tests.sweeps.vault.ground import VaultGround

_RULES: Final = """
path "secret/data/*" { capabilities = ["read"] }
path "auth/token/create" { capabilities = ["update"] }
"""


@dataclass(frozen=True)
class World:
    """One victim, as root sees it.

    Attributes:
        stolen: whether the stolen token opens anything.
        honest: whether the workload's own token of before does.
        logins: whether the secret ID of before logs in.
        successors: valid secret IDs and live tokens that a run issued.
        stored: whether the store holds one of them, and it opens what it should.
        left: secret IDs and tokens that only were to prove something.
        disabled: whether the entity is.
    """

    stolen: bool = False
    honest: bool = False
    logins: bool = False
    successors: int = 0
    stored: bool = False
    left: int = 0
    disabled: bool = False


class Case(NamedTuple):
    """How a log knows what was stolen."""

    id: str
    kind: str
    actor: str
    playbook: str


class VaultVictim(Victim):
    """A workload with an AppRole, two live logins of it, and a place in the store.

    Attributes:
        stolen: what ``auth`` said of the stolen token.
        honest: the same of the workload's.
        more: further tokens that the thief got.
    """

    def __init__(self, ground: "VaultGround", name: str) -> None:
        self.ground, self.name, self.more = ground, name, list[str]()
        self.audit, self.place = Audit(ground.audit), f"secret/data/{name}"
        ground.data("PUT", f"sys/policies/acl/{name}", policy=_RULES)
        self.role = f"auth/approle/role/{name}"
        ground.data("POST", self.role, token_policies=[name])
        self.role_id = ground.data("GET", f"{self.role}/role-id")["role_id"]
        drawn = ground.data("POST", f"{self.role}/secret-id")
        self.secret_id, self.secret_id_accessor = drawn["secret_id"], drawn["secret_id_accessor"]
        self.honest = self.logs_in(self.secret_id)
        self.stolen = self.steal()

    def steal(self) -> dict[str, Any]:
        """Get a token, as the thief did."""
        return self.logs_in(self.secret_id)

    def logs_in(self, secret_id: str) -> dict[str, Any]:
        """Log in.

        Raises:
            httpx.HTTPStatusError: the secret ID does not open it.
        """
        answer = self._tries(secret_id)
        answer.raise_for_status()
        return dict(answer.json()["auth"])

    @property
    def entity(self) -> str:
        """Id of the entity, where there is one."""
        return str(self.stolen.get("entity_id") or "")

    def case(self) -> Case:
        hmac = self.ground.hmac(self.stolen["accessor"])
        return Case(hmac, "vault_service_token", self.entity or f"token/{hmac}", "vault_token")

    def incident(self, people: People, folder: Path, since: datetime) -> Incident:
        case, ground = self.case(), self.ground
        return Incident(
            ground.provider(), people, folder, case.id, case.kind, case.actor, "root",
            case.playbook, ground.store(), self.name, since=since,
        )  # fmt: skip

    @property
    def presented(self) -> Mapping[str, str]:
        return {self.target(): str(self.stolen["client_token"])}

    def target(self) -> str:
        """Id of the plan's target."""
        return self.case().id

    def restarts(self) -> None:
        if (held := self.current()) is not None:
            self._tries(held)

    def current(self) -> str | None:
        """Give what is stored."""
        return (self.ground.data("GET", self.place).get("data") or {}).get("value")

    def is_replaced(self) -> None:
        self.ground.call("DELETE", self.role)
        self.ground.data("POST", self.role, token_policies=[self.name])
        self.ground.data("POST", f"{self.role}/secret-id")

    def world(self) -> World:
        works, marks = self.ground.works, [*self.marks()]
        return World(
            works(self.stolen["client_token"]), works(self.honest["client_token"]),
            self.opens(self.secret_id), sum("probe" not in one for one in marks), self.is_stored(),
            sum("probe" in one for one in marks), self.is_disabled(),
        )  # fmt: skip

    def _tries(self, secret_id: str) -> httpx.Response:
        given = {"role_id": self.role_id, "secret_id": secret_id}
        return self.ground.call("POST", "auth/approle/login", token="", **given)

    def opens(self, secret_id: str) -> bool:
        """Say whether a secret ID logs in."""
        answer = self._tries(secret_id)
        assert answer.status_code in (200, 400, 403), answer.text
        if answer.status_code == 200:
            self.ground.call(
                "POST", "auth/token/revoke-self", answer.json()["auth"]["client_token"]
            )
        return answer.status_code == 200

    def marks(self) -> Sequence[str]:
        """Give the mark of each valid secret ID that a run drew, and of each token left of it."""
        ground, found = self.ground, list[str]()
        for accessor in ground.data("LIST", f"{self.role}/secret-id").get("keys", ()):
            about = ground.data(
                "POST", f"{self.role}/secret-id-accessor/lookup", secret_id_accessor=accessor
            )
            found.append((about.get("metadata") or {}).get("rekey", ""))
        tokens = [(one.get("meta") or {}).get("rekey", "") for one in self.tokens()]
        return [one for one in (*found, *(t for t in tokens if "probe" in t)) if one]

    def tokens(self) -> Sequence[Mapping[str, Any]]:
        """Give all live tokens with its policy."""
        ground, found = self.ground, list[Mapping[str, Any]]()
        for accessor in ground.data("LIST", "auth/token/accessors").get("keys", ()):
            answer = ground.call("POST", "auth/token/lookup-accessor", accessor=accessor)
            about = answer.json().get("data") or {}
            if self.name in (about.get("policies") or ()):
                found.append(about)
        return found

    def is_stored(self) -> bool:
        """Say whether a secret ID is stored that logs in."""
        held = self.current()
        return held is not None and self.opens(held)

    def is_disabled(self) -> bool:
        """Say whether its entity is disabled."""
        if not self.entity:
            return False
        return bool(self.ground.data("GET", f"identity/entity/id/{self.entity}").get("disabled"))

    def effects(self, seen: Sequence[Seen]) -> Mapping[str, int]:
        """Count by the proxy, which sees what calls mean; Vault's own log must agree with it."""
        changes = [one for one in seen if one.accepted and not one.reads]
        # What was not found is no error to the log.
        heard = [one for one in seen if not one.reads and (one.accepted or one.upstream == 404)]
        self.audit.agrees(heard, self.ground.policy, self.name)
        known = {
            f"revoke {digest(self.stolen['accessor'])}": "revoke the stolen",
            f"revoke {digest(self.honest['accessor'])}": "revoke the honest",
            f"destroy {digest(self.secret_id_accessor)}": "destroy the old",
        }
        told = (
            *known.values(),
            "draw secret ID",
            "make token",
            "disabled: True",
            "disabled: False",
        )
        found = Counter(known.get(one.name, one.name) for one in changes)
        return {name: number for name, number in found.items() if name in told}

    def lies(self) -> list[str]:
        seen = self.world()
        alive = sum(map(self.ground.works, self.more))
        wrong = {"the stolen token opens something": seen.stolen,
                 f"{alive} tokens of the thief are alive": bool(alive),
                 "the old secret ID logs in": seen.logins and not seen.disabled}  # fmt: skip
        return [what for what, so in wrong.items() if so]

    def leaves(self) -> None:
        for token in self.tokens():
            self.ground.call("POST", "auth/token/revoke-accessor", accessor=token["accessor"])
        self.ground.call("DELETE", self.role)


class Approle(VaultVictim):
    """Its secret ID was stolen, with a token."""

    def case(self) -> Case:
        return super().case()._replace(playbook="vault_approle")

    def target(self) -> str:
        return self.role

    def lies(self) -> list[str]:
        seen = self.world()
        wrong = {f"{seen.successors} successors": seen.successors != 1,
                 "no successor that works is stored": not seen.stored,
                 "a token of before is alive": seen.honest}  # fmt: skip
        return [*super().lies(), *(what for what, so in wrong.items() if so)]


class Made(VaultVictim):
    """A token that was made, and not logged in for, was stolen; it stands in the store."""

    def steal(self) -> dict[str, Any]:
        return self.ground.make(policies=[self.name], ttl="1h", no_parent=True)

    def restarts(self) -> None:
        if (held := self.current()) is not None:
            self.ground.call("POST", "auth/token/renew-self", held)

    def is_stored(self) -> bool:
        held = self.current()
        return held is not None and self.ground.works(held)

    def marks(self) -> Sequence[str]:
        return [mark for one in self.tokens() if (mark := (one.get("meta") or {}).get("rekey"))]

    def lies(self) -> list[str]:
        return [one for one in super().lies() if "secret ID" not in one]


class Batch(VaultVictim):
    """A batch token was stolen, which has no accessor."""

    def steal(self) -> dict[str, Any]:
        return self.ground.make(self.honest["client_token"], type="batch", ttl="30m")

    def case(self) -> Case:
        return Case("batch-of-the-case", "vault_batch_token", self.entity, "vault_token")

    def target(self) -> str:
        return self.entity


class Entity(VaultVictim):
    """All that an entity has is in strange hands."""

    def case(self) -> Case:
        return Case(self.entity, "vault_entity", self.entity, "vault_token")


KINDS: Final = {
    "approle": Approle, "login": VaultVictim, "made": Made, "batch": Batch, "entity": Entity,
}  # fmt: skip
