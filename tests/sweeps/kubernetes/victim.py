"""Workloads of a cluster, one class for each kind of token, and the truth about them."""

import base64
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rekey.containment.secret import Secret
from rekey.providers.kubernetes.described import MARK
from rekey.providers.kubernetes.issue_actions import CREDENTIAL
from rekey.providers.kubernetes.probe import claims
from tests.fakes.people import People
from tests.faults.exchange import Seen
from tests.providers.incident import Incident
from tests.sweeps.ground import Victim

if TYPE_CHECKING:
    from tests.sweeps.kubernetes.ground import KubernetesGround

ACCOUNT: Final = "exporter"
STORED: Final = "old"


@dataclass(frozen=True)
class World:
    """One victim, as the administrator sees it.

    Attributes:
        stolen: whether the token is accepted.
        rights: whether the account may do what it was there for.
        held: whether what the token is bound to is there still.
        account: whether the account is the one of before.
        successors: objects that a run made to bind a token to.
        stored: whether a token is stored that opens what it should.
    """

    stolen: bool = False
    rights: bool = True
    held: bool = False
    account: bool = True
    successors: int = 0
    stored: bool = False


class KubernetesVictim(Victim):
    """A namespace with an account that may read config maps, and a token bound to a Secret.

    Attributes:
        holder: path and object to which the stolen token is bound.
        more: further tokens that the thief got.
    """

    resource = "secrets"

    def __init__(self, ground: "KubernetesGround", name: str) -> None:
        from tests.sweeps.kubernetes.ground import RBAC

        self.ground, self.name, self.more = ground, name, list[str]()
        self._audit = ground.audit.stat().st_size
        ground.data("POST", "/api/v1/namespaces", metadata={"name": name})
        self.space = f"/api/v1/namespaces/{name}"
        self.roles = f"{RBAC}/namespaces/{name}"
        made = ground.data("POST", f"{self.space}/serviceaccounts", metadata={"name": ACCOUNT})
        self.uid = made["metadata"]["uid"]
        rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}
        ground.data("POST", f"{self.roles}/roles", metadata={"name": "reader"}, rules=[rule])
        self.subject = {"kind": "ServiceAccount", "namespace": name, "name": ACCOUNT}
        ground.bind("reads", "Role", "reader", [self.subject], name)
        self._secret("delivered", stringData={"value": STORED})
        self.holder = self.hold()
        self.stolen = self.steal()

    def _secret(self, name: str, **more: Any) -> dict[str, Any]:
        path = f"{self.space}/secrets"
        made = self.ground.data(
            "POST", path, metadata={"name": name} | more.pop("about", {}), **more
        )
        return made | {"kind": "Secret"}

    def hold(self) -> dict[str, Any]:
        """Make what the token is bound to."""
        return self._secret("anchor")

    def steal(self) -> str:
        """Get the token that the thief has."""
        token = self.ground.mint(self.name, ACCOUNT, self.holder)
        marks = {"annotations": {CREDENTIAL: jti(token)}}
        self.ground.data("PATCH", f"{self.space}/secrets/anchor", metadata=marks)
        return token

    @property
    def bound_to(self) -> str | None:
        """What the log names as the pod of the token."""
        return None

    def incident(self, people: People, folder: Path, since: datetime) -> Incident:
        ground, identity = self.ground, f"tests/system:serviceaccount:{self.name}:{ACCOUNT}"
        return Incident(
            ground.provider(), people, folder, jti(self.stolen), "k8s_token", identity, "tests",
            "kubernetes_service_account_token", ground.store(), f"{self.name}/delivered",
            since=since, bound_to=self.bound_to,
        )  # fmt: skip

    @property
    def presented(self) -> Mapping[str, str]:
        about = self.holder["metadata"]
        return {f"{self.resource}/{self.name}/{about['name']}": self.stolen}

    def restarts(self) -> None:
        if (held := self.current()) is not None:
            self.reads(held)

    def current(self) -> str | None:
        """Give what is stored; ``None`` while it is the secret from before."""
        found = self.ground.data("GET", f"{self.space}/secrets/delivered")
        text = base64.b64decode(found["data"]["value"]).decode()
        return None if text == STORED else text

    def reads(self, token: str) -> int:
        """Use a token for what the account is there for."""
        return self.ground.call("GET", f"{self.space}/configmaps", token).status_code

    def is_replaced(self) -> None:
        self.ground.call("DELETE", f"{self.space}/serviceaccounts/{ACCOUNT}")
        about = {"name": ACCOUNT}
        self.ground.data("POST", f"{self.space}/serviceaccounts", metadata=about)

    def world(self) -> World:
        ground, held = self.ground, self.current()
        own = ground.call("GET", f"{self.space}/serviceaccounts/{ACCOUNT}")
        same = own.status_code == 200 and own.json()["metadata"]["uid"] == self.uid
        rights = own.status_code == 200 and self.reads(ground.mint(self.name, ACCOUNT)) == 200
        return World(
            ground.presents(self.stolen) == 201, rights, self._is_held(), same,
            len(self.anchors()), held is not None and self.reads(held) == 200,
        )  # fmt: skip

    def _is_held(self) -> bool:
        about = self.holder["metadata"]
        answer = self.ground.call("GET", f"{self.space}/{self.resource}/{about['name']}")
        return answer.status_code == 200 and answer.json()["metadata"]["uid"] == about["uid"]

    def anchors(self) -> Sequence[str]:
        """Give the Secrets that runs made to bind tokens to."""
        found = self.ground.data("GET", f"{self.space}/secrets")["items"]
        return [
            one["metadata"]["name"] for one in found
            if MARK in (one["metadata"].get("annotations") or {})
            and one["metadata"]["name"] != "delivered"
        ]  # fmt: skip

    def effects(self, seen: Sequence[Seen]) -> Mapping[str, int]:
        """Count in the server's own audit log."""
        with self.ground.audit.open("rb") as log:
            log.seek(self._audit)
            lines = [line for line in log if self.name.encode() in line]
        return Counter(
            name for one in map(json.loads, lines)
            if one["user"].get("username") == self.ground.user and one["responseStatus"]["code"] < 300
            and (name := _effect(one, self.name))
        )  # fmt: skip

    def lies(self) -> list[str]:
        alive = [one for one in (self.stolen, *self.more) if not self.ground.forgets(one)]
        wrong = {f"{len(alive)} tokens of the thief are accepted": bool(alive),
                 "the account has no rights": not self.world().rights}  # fmt: skip
        return [what for what, so in wrong.items() if so]

    def leaves(self) -> None:
        self.ground.call("DELETE", self.space)


class InPod(KubernetesVictim):
    """A token of a pod."""

    resource = "pods"

    def hold(self) -> dict[str, Any]:
        own = {"name": "main", "image": "example.test/export:1"}
        made = self.ground.data(
            "POST", f"{self.space}/pods", metadata={"name": "worker"},
            spec={"serviceAccountName": ACCOUNT, "containers": [own]},
        )  # fmt: skip
        return made | {"kind": "Pod"}

    def steal(self) -> str:
        return self.ground.mint(self.name, ACCOUNT, self.holder)

    @property
    def bound_to(self) -> str | None:
        return "worker"


class Unbound(KubernetesVictim):
    """A token that is bound to nothing but the account."""

    resource = "serviceaccounts"

    def hold(self) -> dict[str, Any]:
        return self.ground.data("GET", f"{self.space}/serviceaccounts/{ACCOUNT}")

    def steal(self) -> str:
        return self.ground.mint(self.name, ACCOUNT)


class Legacy(KubernetesVictim):
    """A token without end, in a Secret that the cluster filled."""

    def hold(self) -> dict[str, Any]:
        owner = {"annotations": {"kubernetes.io/service-account.name": ACCOUNT}}
        kind = "kubernetes.io/service-account-token"
        return self._secret("anchor", about=owner, type=kind)

    def steal(self) -> str:
        for _ in range(200):
            found = self.ground.data("GET", f"{self.space}/secrets/anchor")
            if token := (found.get("data") or {}).get("token"):
                return base64.b64decode(token).decode()
            time.sleep(0.1)
        raise AssertionError("the controllers filled no token in")


def jti(token: str) -> str:
    """Name a token as the audit log does."""
    found = claims(Secret(token)).get("jti")
    return f"JTI={found}" if found else "a token of a Secret"


def _effect(event: Mapping[str, Any], namespace: str) -> str | None:
    about, verb = event.get("objectRef") or {}, event["verb"]
    if about.get("namespace") != namespace or verb not in ("create", "patch", "delete"):
        return None
    name = str(about.get("name") or "")
    anchor = "-rekey-" in name
    if about.get("subresource") == "token" or name == "delivered" or (anchor and verb == "patch"):
        return None
    return f"{verb} an anchor" if anchor else f"{verb} {about['resource']}/{name}"


KINDS: Final = {
    "bound": KubernetesVictim, "pod": InPod, "unbound": Unbound, "legacy": Legacy,
}  # fmt: skip
