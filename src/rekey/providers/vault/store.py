"""A kv engine of version 2 as the place for new secrets."""

import json
from typing import Any

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Refused, Unclear
from rekey.containment.interface import Provider
from rekey.containment.secret import Secret
from rekey.providers.rights import lacking
from rekey.providers.vault.client import Vault
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import VaultOptions
from rekey.providers.vault.tokens import Token

_MARK, _VERSION = "rekey_marker", "rekey_version"


class KvStore:
    """Writes new versions and reads metadata; it needs no right to read a value.

    A destination is a path, or ``path#field`` where a plain value has another field than
    ``value``. A value that is a JSON object is written field by field. Other fields of the secret
    stay as they are. The marker of the last write stands in the custom metadata.
    https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2

    Args:
        vault: where.
        mount: of the engine.
        name: what the plan calls it.
    """

    def __init__(self, vault: Vault, mount: str, name: str) -> None:
        self._vault, self._mount, self._name = vault, mount.strip("/"), name

    @property
    def name(self) -> str:
        """What the plan calls it."""
        return self._name

    @property
    def provider(self) -> Provider:
        """The Vault that holds the engine."""
        return VaultProvider(self._vault, VaultOptions())

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Of all paths of the engine; a site may grant fewer. The last is in Vault's default policy."""
        return (
            *(Permission(f"{one} {self._mount}/data/*") for one in ("create", "update", "patch")),
            *(Permission(f"{one} {self._mount}/metadata/*") for one in ("read", "patch")),
            Permission("update sys/capabilities-self"),
        )

    def identities(self) -> frozenset[str]:
        """Give the identity with which it writes."""
        own = Token.of(self._vault.read("auth/token/lookup-self") or {})
        return frozenset({own.entity, own.role or ""} - {""})

    def unready(self, destination: str) -> str | None:
        """Say whether the path is none, a right on it is missing, or Vault does not tell our rights.

        https://developer.hashicorp.com/vault/api-docs/system/capabilities-self
        """
        try:
            path = _path(destination)
            verb = _verb(self._metadata(path))
        except Refused as error:
            return error.message
        needed = [
            Permission(f"{verb} {self._mount}/data/{path}"),
            Permission(f"patch {self._mount}/metadata/{path}"),
        ]
        return lacking(
            lambda: {one.name: held for one, held in self.provider.permitted(needed).items()}
        )

    def find(self, destination: str, marker: str) -> str | None:
        """Give the version written with this marker, if it is there still."""
        metadata = self._metadata(_path(destination)) or {}
        custom = metadata.get("custom_metadata") or {}
        version = str(custom.get(_VERSION) or "")
        known = (metadata.get("versions") or {}).get(version)
        if custom.get(_MARK) != marker or known is None:
            return None
        return None if known.get("destroyed") or known.get("deletion_time") else version

    def write(self, destination: str, value: Secret, marker: str) -> str:
        """Write a new version, unless another came in between; then leave the marker.

        Raises:
            Unclear: the version is there, and perhaps read already, but could not be marked.
        """
        path = _path(destination)
        version = self._written(path, _fields(destination, value))
        custom = {_MARK: marker, _VERSION: version}
        try:
            self._vault.patch(f"{self._mount}/metadata/{path}", custom_metadata=custom)
        except Refused as error:
            raise Unclear(f"version {version} is written, and not marked: {error}") from error
        return version

    def restore(self, destination: str, marker: str) -> None:
        """Not here: to bring a version back, kv reads it."""
        raise Refused(f"{destination}: the value before is not brought back, which would read it")

    def _written(self, path: str, fields: dict[str, Any]) -> str:
        metadata, data = self._metadata(path), f"{self._mount}/data/{path}"
        options = {"cas": _current(metadata)}
        if _verb(metadata) == "patch":
            return str(self._vault.patch(data, data=fields, options=options)["version"])
        return str(self._vault.change(data, data=fields, options=options)["version"])

    def _metadata(self, path: str) -> dict[str, Any] | None:
        return self._vault.read(f"{self._mount}/metadata/{path}")


def _current(metadata: dict[str, Any] | None) -> int:
    return int((metadata or {}).get("current_version") or 0)


def _verb(metadata: dict[str, Any] | None) -> str:
    """Name the capability that the next write takes: a value is merged into a version that lives.

    Where there is none, Vault asks for ``update`` as soon as there is metadata, whatever became of
    the versions.
    """
    if metadata is None:
        return "create"
    current = _current(metadata)
    latest = (metadata.get("versions") or {}).get(str(current)) or {}
    lives = current and not latest.get("deletion_time") and not latest.get("destroyed")
    return "patch" if lives else "update"


def _path(destination: str) -> str:
    path = destination.partition("#")[0].strip("/")
    if not path or ".." in path.split("/"):
        raise Refused(f"{destination!r} is no path of a secret")
    return path


def _fields(destination: str, value: Secret) -> dict[str, Any]:
    field = destination.partition("#")[2]
    if not field:
        try:
            found = json.loads(value.reveal())
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
    return {field or "value": value.reveal()}
