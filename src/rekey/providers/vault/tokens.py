"""Live tokens, found by what a log knows of them.

An audit log holds the HMAC of an accessor under the salt of its device. The accessor in clear can
revoke, so that it stays in memory here, and everywhere else its HMAC stands for it.
https://developer.hashicorp.com/vault/api-docs/system/audit-hash
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rekey.containment.errors import Refused, Unreachable
from rekey.containment.target import Json
from rekey.providers.vault.client import Vault

HMAC: Final = "hmac-sha256:"
_SALT_SAMPLE: Final = "rekey"


@dataclass(frozen=True)
class Token:
    """A live token, as ``auth/token/lookup-accessor`` shows it."""

    accessor: str
    path: str
    entity: str
    display_name: str
    policies: tuple[str, ...]
    issued: datetime
    meta: Mapping[str, str]
    orphan: bool
    kind: str
    ttl: int
    uses_left: int
    renewed: int

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Token":
        """Read a lookup."""
        return cls(
            accessor=str(data["accessor"]), path=str(data.get("path") or ""),
            entity=str(data.get("entity_id") or ""),
            display_name=str(data.get("display_name") or ""),
            policies=tuple(data.get("policies") or ()), issued=_time(data),
            meta=dict(data.get("meta") or {}), orphan=bool(data.get("orphan")),
            kind=str(data.get("type") or "service"), ttl=int(data.get("creation_ttl") or 0),
            uses_left=int(data.get("num_uses") or 0),
            renewed=int(data.get("last_renewal_time") or 0),
        )  # fmt: skip

    def facts(self) -> dict[str, Json]:
        """Give what a plan should show."""
        return {
            "path": self.path, "entity": self.entity, "display_name": self.display_name,
            "policies": list(self.policies), "issued": self.issued.isoformat(),
            "orphan": self.orphan, "ttl": self.ttl, "uses_limited": self.uses_left > 0,
            "role": self.role,
        }  # fmt: skip

    @property
    def role(self) -> str | None:
        """Path of the AppRole from which it came, such as ``auth/approle/role/export``."""
        name = self.meta.get("role_name")
        if not name or not self.path.endswith("/login"):
            return None
        return f"{self.path.removesuffix('/login')}/role/{name}"


class Tokens:
    """The live tokens of a Vault.

    Args:
        vault: where.
        device: the audit device under whose salt tokens are known.
    """

    def __init__(self, vault: Vault, device: str) -> None:
        self._vault, self.device = vault, device
        self._known: dict[str, str] = {}

    def hashed(self, value: str) -> str:
        """Give the HMAC that stands for a value in the audit log."""
        if value.startswith(HMAC):
            return value
        return str(self._vault.ask(f"sys/audit-hash/{self.device}", input=value)["hash"])

    def salt(self) -> str:
        """Give a mark of the salt: a device that was enabled anew has another."""
        return self.hashed(_SALT_SAMPLE)

    def look_up(self, accessor: str) -> Token | None:
        """Give a token by its accessor; ``None`` if it is dead."""
        try:
            return Token.of(self._vault.ask("auth/token/lookup-accessor", accessor=accessor))
        except Refused as error:
            # 1.x answers 403 or 400 "invalid accessor", OpenBao and later ones 404
            if "invalid accessor" in error.message or "accessor not found" in error.message:
                return None
            if "permission denied" in error.message and self._may_look_up():
                return None  # that is how Vault says that it is just being revoked
            raise

    def _may_look_up(self) -> bool:
        """Say whether a denial cannot be about us.

        https://developer.hashicorp.com/vault/api-docs/system/capabilities-self
        """
        path = "auth/token/lookup-accessor"
        try:
            answer = self._vault.ask("sys/capabilities-self", paths=[path])
        except Refused:
            return False
        return bool({"root", "sudo", "update"} & set(answer.get(path) or ()))

    def all(self) -> Iterator[Token]:
        """Give all live tokens that have an accessor; one call for each."""
        for accessor in self._vault.keys("auth/token/accessors"):
            if (token := self.look_up(accessor)) is not None:
                yield token

    def makes_orphans(self, token: Token) -> bool:
        """Say whether a token may make others that outlive it.

        ``no_parent`` takes sudo on ``auth/token/create``; roles of ``auth/token/roles`` that make
        orphans are not looked at. https://developer.hashicorp.com/vault/api-docs/auth/token
        """
        paths = ["auth/token/create", "auth/token/create-orphan"]
        answer = self._vault.ask("sys/capabilities-accessor", accessor=token.accessor, paths=paths)
        create, orphan = (set(answer.get(path) or ()) for path in paths)
        return bool({"root", "sudo"} & create or {"root", "create", "update"} & orphan)

    def find(self, hmac: str, salt: str | None = None) -> Token | None:
        """Find a token by the HMAC of its accessor; ``None`` if no live token has it.

        Args:
            hmac: from the log.
            salt: the mark of the salt under which it was found before.

        Raises:
            Unreachable: the salt is another one now, so that no HMAC tells anything.
        """
        if salt is not None and self.salt() != salt:
            raise Unreachable(f"the audit device {self.device} was enabled anew: its salt changed")
        if hmac in self._known:
            return self.look_up(self._known[hmac])
        for accessor in self._vault.keys("auth/token/accessors"):
            self._known[self.hashed(accessor)] = accessor
            if hmac in self._known:
                return self.look_up(accessor)
        return None


def _time(data: Mapping[str, Any]) -> datetime:
    """Read when it was issued; Go writes nanoseconds, of which Python keeps six digits."""
    if text := data.get("issue_time"):
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    return datetime.fromtimestamp(int(data.get("creation_time") or 0), UTC)
