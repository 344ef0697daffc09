"""A Vault of one worker, with workloads that log in to it, and one that contains them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from rekey.containment.action_spec import Permission
from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from rekey.providers.vault.store import KvStore
from tests.engines.vault import ROOT_TOKEN, Vault
from tests.faults.exchange import Answer, Request
from tests.faults.proxy import FaultProxy
from tests.sweeps.ground import Ground
from tests.sweeps.vault import calls, words
from tests.sweeps.vault.victim import KINDS, VaultVictim

_OPTIONS: Final[dict[str, Any]] = {
    "names": ["root"], "audit_device": "file", "consumers": {"*": ["exporter"]}, "production": [],
}  # fmt: skip
_STORE: Final = tuple(
    f"{verb} secret/{path}" for path, verbs in (
        ("data/+", ("create", "update", "patch")), ("metadata/+", ("read", "patch")),
    ) for verb in verbs
)  # fmt: skip
"""What the store needs besides, see docs/providers.md."""

_numbers = count()


class VaultGround(Ground):
    """One Vault; its root looks at the truth, past rekey and past the SDK."""

    def __init__(self, server: Vault) -> None:
        self.url, self.audit = server.url, server.audit
        self._client = httpx.Client(base_url=f"{server.url}/v1/")
        if "approle/" not in self.data("GET", "sys/auth"):
            self.data("POST", "sys/auth/approle", type="approle")
        self.policy = f"responder-{next(_numbers)}"
        self.grant(self.permissions())
        own = self.make(policies=[self.policy], no_parent=True)
        self.token, self.store_name = str(own["client_token"]), "vault:secret"

    def close(self) -> None:
        self._client.close()

    def proxy(self) -> FaultProxy:
        return FaultProxy(self.url, name=self.operation, reads=self.reads)

    def victims(self, number: int, kind: str) -> Iterator[VaultVictim]:
        """Make workloads as they are asked for: the fewer tokens live, the sooner all are seen."""
        for _ in range(number):
            yield KINDS[kind](self, f"svc-{next(_numbers)}")

    def since(self) -> datetime:
        """Put the abuse after the victim's own logins: a survey looks a little further back."""
        return datetime.now(UTC) + timedelta(seconds=2)

    def settings(self, url: str, folder: Path) -> Mapping[str, Any]:
        return {
            "providers": [{"name": "vault", "options": {"address": url, **_OPTIONS}}],
            "stores": [{"name": self.store_name, "provider": "vault", "options": {"address": url}}],
        }

    def environment(self, folder: Path) -> Mapping[str, str]:
        return {"VAULT_TOKEN": self.token, "HOME": str(folder)}

    def operation(self, request: Request) -> str:
        return calls.operation(request)

    def reads(self, request: Request) -> bool:
        return calls.reads(request)

    def tells(self, name: str) -> bool:
        return name not in ("draw probe", "log in", "POST auth/token/revoke-self")

    def refusal(self, why: str, request: Request) -> Answer:
        return words.refusal(why, request)

    def success(self, request: Request) -> Answer:
        return words.success(request)

    def writes(self, request: Request) -> bool:
        return calls.operation(request) == "mark secret"

    def provider(self) -> VaultProvider:
        """Connect as the responder."""
        return VaultProvider(opened(self.url, token=self.token), VaultOptions(**_OPTIONS))

    def store(self) -> KvStore:
        """Open the store as the responder."""
        return KvStore(opened(self.url, token=self.token), "secret", self.store_name)

    # What the responder may do.

    def permissions(self) -> frozenset[Permission]:
        """Give all that the actions name, and what the store needs."""
        actions = VaultProvider(
            opened(self.url, token=ROOT_TOKEN), VaultOptions(**_OPTIONS)
        ).actions()
        named = {one for action in actions for one in action.spec.permissions}
        return frozenset(named | {Permission(name) for name in _STORE})

    def grant(self, permissions: frozenset[Permission]) -> None:
        """Let the responder do this, and nothing else."""
        provider = VaultProvider(opened(self.url, token=ROOT_TOKEN), VaultOptions(**_OPTIONS))
        self.data("PUT", f"sys/policies/acl/{self.policy}", policy=provider.policy(permissions))

    # Calls.

    def call(
        self, method: str, path: str, token: str = ROOT_TOKEN, **data: Any
    ) -> httpx.Response:  # fmt: skip
        """Make a call, as root or as somebody else."""
        return self._client.request(
            method, path, json=data or None, headers={"X-Vault-Token": token}
        )

    def data(self, method: str, path: str, token: str = ROOT_TOKEN, **data: Any) -> dict[str, Any]:
        """Make a call that has to succeed, and give what it is about."""
        answer = self.call(method, path, token, **data)
        if answer.status_code == 404:
            return {}
        answer.raise_for_status()
        if answer.status_code == 204:
            return {}
        found = answer.json()
        return dict(found.get("auth") or found.get("data") or {})

    def make(self, token: str = ROOT_TOKEN, **data: Any) -> dict[str, Any]:
        """Make a token."""
        return self.data("POST", "auth/token/create", token, **data)

    def works(self, token: str) -> bool:
        """Present a token with a call that policies apply to."""
        answer = self.call("GET", "auth/token/lookup-self", token)
        assert answer.status_code in (200, 403), answer.text
        return answer.status_code == 200

    def hmac(self, value: str) -> str:
        """Give what stands for a value in the audit log."""
        return str(self.data("POST", "sys/audit-hash/file", input=value)["hash"])
