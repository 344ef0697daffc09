"""An AppRole of its own, with its policy, its secret ID and its logins."""

import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import hvac

from rekey.containment.call import Call
from rekey.containment.target import Target, Wanted
from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from rekey.providers.vault.store import KvStore
from tests.engines.vault import ROOT_TOKEN

READ = 'path "secret/data/*" { capabilities = ["read"] } path "auth/token/create" { capabilities = ["update"] }'
MINT_ORPHANS = 'path "auth/token/create-orphan" { capabilities = ["update", "sudo"] }'


class World:
    """One AppRole of its own with two live logins, in the run's Vault."""

    def __init__(self, url: str) -> None:
        self.url, self.name = url, f"svc-{uuid.uuid4().hex[:8]}"
        self.root = hvac.Client(url=url, token=ROOT_TOKEN)
        with suppress(hvac.exceptions.InvalidRequest):  # another worker was first
            self.root.sys.enable_auth_method("approle")
        self.root.sys.create_or_update_policy(self.name, READ + MINT_ORPHANS)
        self.write(f"auth/approle/role/{self.name}", token_policies=[self.name])
        self.role_id = self.read(f"auth/approle/role/{self.name}/role-id")["role_id"]
        self.secret_id = self.draw()
        self.follows(None)
        self.store = KvStore(opened(url, token=ROOT_TOKEN), "secret", "vault:secret")
        self.path = f"prod/{self.name}"

    def follows(self, log: Path | None) -> None:
        """Connect, with an audit log at hand or without."""
        options = VaultOptions(
            names=("root",), consumers={f"*{self.name}*": ("exporter",)}, production=(),
            audit_log=log,
        )  # fmt: skip
        self.provider = VaultProvider(opened(self.url, token=ROOT_TOKEN), options)

    def read(self, path: str) -> Any:
        found: Any = self.root.read(path)
        return found["data"]

    def write(self, path: str, **data: Any) -> Any:
        return self.root.write_data(path, data=data)

    def keys(self, path: str) -> Any:
        found: Any = self.root.list(path)
        return found["data"]["keys"]

    def draw(self) -> str:
        made = self.write(f"auth/approle/role/{self.name}/secret-id")
        return str(made["data"]["secret_id"])

    def login(self, secret_id: str | None = None) -> dict[str, Any]:
        data = {"role_id": self.role_id, "secret_id": secret_id or self.secret_id}
        found: Any = hvac.Client(url=self.url, token="").write_data("auth/approle/login", data=data)
        return dict(found["auth"])

    def make(
        self, token: str = ROOT_TOKEN, path: str = "auth/token/create", **data: Any
    ) -> dict[str, Any]:
        found: Any = hvac.Client(url=self.url, token=token).write_data(path, data=data)
        return dict(found["auth"])

    def works(self, token: str) -> bool:
        try:
            hvac.Client(url=self.url, token=token).read("auth/token/lookup-self")
        except hvac.exceptions.Forbidden:
            return False
        return True

    def hmac(self, accessor: str) -> str:
        found = self.write("sys/audit-hash/file", input=accessor)
        return str(found["data"]["hash"])

    def stored(self) -> dict[str, Any]:
        return dict(
            self.root.secrets.kv.v2.read_secret_version(self.path, raise_on_deleted_version=False)[
                "data"
            ]["data"]
        )

    def wanted(self, auth: dict[str, Any], playbook: str = "vault_token") -> Wanted:
        return Wanted(
            "vault_service_token", self.hmac(auth["accessor"]), actor=auth.get("entity_id"),
            playbooks=(playbook,),
        )  # fmt: skip

    def action(self, name: str) -> Any:
        return next(one for one in self.provider.actions() if one.spec.name == f"vault.{name}")


def call(target: Target, **changes: Any) -> Call:
    return replace(Call(target, "run", "1-step", "rekey-run-1-step"), **changes)
