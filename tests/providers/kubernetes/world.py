"""A namespace of its own in the cluster: an account, what it may read, and its tokens."""

import base64
import time
import uuid
from dataclasses import replace
from typing import Any

from rekey.containment.call import Call
from rekey.containment.secret import Secret
from rekey.containment.target import Target, Wanted
from rekey.providers.kubernetes.account import Account
from rekey.providers.kubernetes.client import Cluster, path_of
from rekey.providers.kubernetes.kubeconfig import access
from rekey.providers.kubernetes.probe import SELF, TokenProbe, claims
from rekey.providers.kubernetes.provider import KubernetesProvider
from rekey.providers.kubernetes.settings import KubernetesOptions
from rekey.providers.kubernetes.store import ClusterSecretStore
from tests.engines import kubernetes as server

RBAC = "rbac.authorization.k8s.io"
CACHE_SECONDS = 10


class World:
    """One namespace with one service account that may read its config maps."""

    def __init__(self, found: server.Cluster) -> None:
        self.server, self.namespace = found, f"ns-{uuid.uuid4().hex[:8]}"
        self.admin = Cluster(access(found.kubeconfig))
        self.account = Account(self.namespace, "exporter")
        self.make("namespaces", {"metadata": {"name": self.namespace}}, None)
        self.make("serviceaccounts", {"metadata": {"name": "exporter"}})
        rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}
        self.make(f"roles.{RBAC}", {"metadata": {"name": "reader"}, "rules": [rule]})
        self.bind("reads", self.subject)
        self.provider = self.connected()
        self.store = ClusterSecretStore(self.admin, "kubernetes")

    def connected(self, **options: Any) -> KubernetesProvider:
        given: dict[str, Any] = {
            "names": ("tests",),
            "consumers": {},
            "production": (),
            "propagation_seconds": 1,
        }
        found = KubernetesOptions(**given | {"kubeconfig": self.server.kubeconfig} | options)
        return KubernetesProvider(Cluster(access(found.kubeconfig)), found)

    @property
    def subject(self) -> dict[str, str]:
        return {"kind": "ServiceAccount", "namespace": self.namespace, "name": "exporter"}

    def make(self, resource: str, body: Any, namespace: str | None = "own") -> Any:
        where = self.namespace if namespace == "own" else namespace
        return self.admin.create(path_of(resource, where), body)

    def bind(self, name: str, *subjects: dict[str, str]) -> None:
        role = {"apiGroup": RBAC, "kind": "Role", "name": "reader"}
        body = {"metadata": {"name": name}, "roleRef": role, "subjects": list(subjects)}
        self.make(f"rolebindings.{RBAC}", body)

    def pod(self, name: str = "worker") -> Any:
        spec = {"serviceAccountName": "exporter",
                "containers": [{"name": "main", "image": "example.test/export:1",
                                "env": [{"name": "PASSWORD", "value": "hunter2-hunter2"}]}]}  # fmt: skip
        return self.make("pods", {"metadata": {"name": name}, "spec": spec})

    def secret(self, name: str, **more: Any) -> Any:
        return self.make("secrets", {"metadata": {"name": name}, **more})

    def legacy(self, name: str = "exporter-token") -> str:
        owner = {"kubernetes.io/service-account.name": "exporter"}
        self.make("secrets", {"metadata": {"name": name, "annotations": owner},
                              "type": "kubernetes.io/service-account-token"})  # fmt: skip
        for _ in range(100):
            found = self.data(name)
            if "token" in found:
                return found["token"]
            time.sleep(0.1)
        raise AssertionError("the controllers filled no token in")

    def data(self, name: str) -> dict[str, str]:
        found = self.admin.read(path_of("secrets", self.namespace, name)) or {}
        return {k: base64.b64decode(v).decode() for k, v in (found.get("data") or {}).items()}

    def token(self, bound: Any = None, kind: str = "Pod", **spec: Any) -> str:
        asked = {"expirationSeconds": 3600, **spec}
        if bound:
            about = bound["metadata"]
            asked["boundObjectRef"] = {
                "apiVersion": "v1", "kind": kind, "name": about["name"], "uid": about["uid"]
            }  # fmt: skip
        body = {"spec": asked}
        return str(self.admin.create(f"{self.account.path}/token", body)["status"]["token"])

    def code(self, token: str, path: str | None = None) -> int:
        if path is None:
            return self.admin.presented(Secret(token), "POST", SELF, {})
        return self.admin.presented(Secret(token), "GET", path)

    def reads(self, token: str) -> int:
        return self.code(token, path_of("configmaps", self.namespace))

    def authenticated(self, token: str) -> bool:
        checks = TokenProbe(self.admin, Secret(token), [self.server.url]).present()
        return next(one.holds for one in checks if "TokenReview" in one.question) is False

    def wanted(self, token: str, bound_to: str | None = None) -> Wanted:
        return Wanted("k8s_token", jti(token), f"tests/{self.account.identity}", bound_to=bound_to)

    def action(self, name: str) -> Any:
        return next(a for a in self.provider.actions() if a.spec.name == f"kubernetes.{name}")


def jti(token: str) -> str:
    found = claims(Secret(token)).get("jti")
    return f"JTI={found}" if found else "a token of a Secret"


def call(target: Target, **changes: Any) -> Call:
    return replace(Call(target, "run", "1-step", "rekey-run-1-step"), **changes)
