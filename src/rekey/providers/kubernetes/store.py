"""Secrets of a cluster as the place for new secrets."""

import base64
import json
import uuid
from typing import Final

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Refused, Unreachable
from rekey.containment.interface import Provider
from rekey.containment.secret import Secret
from rekey.providers.kubernetes.access_review import ASKS, allowed
from rekey.providers.kubernetes.client import Cluster, Data, path_of
from rekey.providers.kubernetes.described import MARK
from rekey.providers.kubernetes.probe import whoami
from rekey.providers.kubernetes.provider import KubernetesProvider
from rekey.providers.kubernetes.settings import KubernetesOptions
from rekey.providers.rights import lacking

_VERSION: Final = "rekey/version"
_PATCH, _CREATE = Permission("patch secrets"), Permission("create secrets")


class ClusterSecretStore:
    """Merges values into Secrets, and reads nothing but their metadata.

    A destination is ``namespace/name``, or ``namespace/name#key`` where a plain value has another
    key than ``value``. A value that is a JSON object is written key by key. Other keys stay as they
    are. Value, marker and version go in one call, so that none is ever there without the others; who
    overwrites the value by other means should drop the annotations, or the old version still counts.

    Args:
        cluster: where.
        name: what the plan calls it.
    """

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self._name = cluster, name

    @property
    def name(self) -> str:
        """What the plan calls it."""
        return self._name

    @property
    def provider(self) -> Provider:
        """The cluster that holds the Secrets."""
        return KubernetesProvider(self._cluster, KubernetesOptions())

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Reading is of metadata, which RBAC cannot tell from reading the value.

        Where every Secret is there before, nothing is created.
        """
        return (Permission("get secrets"), _PATCH, _CREATE, Permission(ASKS))

    def identities(self) -> frozenset[str]:
        """Give the identity with which it writes.

        Raises:
            Unreachable: the cluster does not say.
        """
        name = str(whoami(self._cluster).get("username") or "")
        if not name:
            raise Unreachable("the cluster does not say as whom the store writes")
        return frozenset({name})

    def unready(self, destination: str) -> str | None:
        """Say whether the place is none, a right on it is missing, or nobody tells our rights."""
        try:
            namespace, name, _ = _place(destination)
            found = self._cluster.read(path_of("secrets", namespace, name), metadata=True)
        except Refused as error:
            return error.message
        # Writing patches first, also what is not there yet.
        needed = {_PATCH: name} if found else {_PATCH: name, _CREATE: ""}
        return lacking(
            lambda: {
                f"{right.name} on {namespace}/{name}": allowed(self._cluster, right, namespace, own)
                for right, own in needed.items()
            }
        )

    def find(self, destination: str, marker: str) -> str | None:
        """Give the version written with this marker, if it is the last one."""
        namespace, name, _ = _place(destination)
        found = self._cluster.read(path_of("secrets", namespace, name), metadata=True)
        marks = ((found or {}).get("metadata") or {}).get("annotations") or {}
        return str(marks[_VERSION]) if marks.get(MARK) == marker and marks.get(_VERSION) else None

    def write(self, destination: str, value: Secret, marker: str) -> str:
        """Write a value once for this marker; give the version."""
        if known := self.find(destination, marker):
            return known
        namespace, name, key = _place(destination)
        version = uuid.uuid4().hex
        body: Data = {
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "annotations": {MARK: marker, _VERSION: version}},
            "data": _encoded(value, key),
        }  # fmt: skip
        if self._cluster.patch(path_of("secrets", namespace, name), body) is None:
            self._cluster.create(path_of("secrets", namespace), body)
        return version

    def restore(self, destination: str, marker: str) -> None:
        """Not here: a Secret keeps no earlier version."""
        raise Refused(f"{destination}: a Secret keeps no earlier version")


def _place(destination: str) -> tuple[str, str, str]:
    where, _, key = destination.partition("#")
    namespace, slash, name = where.strip("/").partition("/")
    if not slash or not namespace or not name or "/" in name or ".." in where:
        raise Refused(f"{destination!r} is no namespace/name of a Secret")
    return namespace, name, key


def _encoded(value: Secret, key: str) -> dict[str, str]:
    fields: dict[str, str] = {key or "value": value.reveal()}
    if not key:
        try:
            found = json.loads(value.reveal())
        except ValueError:
            found = None
        if isinstance(found, dict):
            fields = {str(name): str(inner) for name, inner in found.items()}
    return {name: base64.b64encode(text.encode()).decode() for name, text in fields.items()}
