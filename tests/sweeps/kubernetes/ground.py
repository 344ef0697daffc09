"""A cluster of one worker, and a responder in it who may do what the actions need."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from rekey.containment.action_spec import Permission
from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import Cluster
from rekey.providers.kubernetes.kubeconfig import Access, access
from rekey.providers.kubernetes.login import Fixed
from rekey.providers.kubernetes.provider import KubernetesProvider
from rekey.providers.kubernetes.settings import KubernetesOptions
from rekey.providers.kubernetes.store import ClusterSecretStore
from tests.engines import kubernetes as server
from tests.faults.exchange import Answer, Request
from tests.faults.proxy import FaultProxy
from tests.rounds import ALL
from tests.sweeps.ground import Ground, Pace
from tests.sweeps.kubernetes import calls, words
from tests.sweeps.kubernetes.victim import KINDS, KubernetesVictim

HOME: Final = "security"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_numbers = count()


class KubernetesGround(Ground):
    """One cluster; its administrator looks at the truth, past rekey.

    Args:
        found: the cluster.
        folder: for the certificate of the proxies.
    """

    pace = Pace(bound=0.3, patience=16, interval=1)
    lanes = 16 if ALL else 8
    remembers = 12

    def __init__(self, found: server.Cluster, folder: Path) -> None:
        self.url, self.audit, self._server, self._folder = found.url, found.audit, found, folder
        trust = ssl.create_default_context(cafile=found.authority)
        self._client = httpx.Client(base_url=found.url, verify=trust, timeout=30)
        self.call("POST", "/api/v1/namespaces", metadata={"name": HOME})
        self.name = f"responder-{next(_numbers)}"
        self.data(
            "POST", f"/api/v1/namespaces/{HOME}/serviceaccounts", metadata={"name": self.name}
        )
        self.user = f"system:serviceaccount:{HOME}:{self.name}"
        subject = {"kind": "ServiceAccount", "namespace": HOME, "name": self.name}
        self.bind(self.name, "ClusterRole", self.name, [subject])
        self.grant(self.permissions())
        self.token = self.mint(HOME, self.name)
        self.store_name = "kubernetes"
        self._certificate = self._certified()  # now: incidents that go on side by side share it

    def proxy(self) -> FaultProxy:
        return FaultProxy(
            self.url, tls=self._certificate, upstream_ca=self._server.authority, name=self.operation,
            reads=self.reads,
        )  # fmt: skip

    def _certified(self) -> tuple[Path, Path]:
        certificate, key = (self._folder / f"{self.name}.{kind}" for kind in ("crt", "key"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        return certificate, key

    def victims(self, number: int, kind: str) -> Iterator[KubernetesVictim]:
        for _ in range(number):
            yield KINDS[kind](self, f"svc-{next(_numbers)}")

    def since(self) -> datetime:
        """Put the abuse into the future: what other incidents leave meanwhile is not of this one."""
        return datetime.now(UTC) + timedelta(hours=1)

    def options(self) -> dict[str, Any]:
        """Give what a site would say about the connection."""
        return {
            "names": ["tests"], "consumers": {"*": ["exporter"]}, "production": [],
            "propagation_seconds": 1, "token_lifetime_seconds": 3600, "audit_log": str(self.audit),
        }  # fmt: skip

    def settings(self, url: str, folder: Path) -> Mapping[str, Any]:
        file = folder / "kubeconfig"
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "tests",
            "clusters": [{"name": "tests", "cluster": {
                "server": url, "certificate-authority": str(self._certificate[0])}}],
            "users": [{"name": "responder", "user": {"tokenFile": str(folder / "token")}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "responder"}}],
        }))  # fmt: skip
        (folder / "token").write_text(self.token)
        own = {"kubeconfig": str(file)}
        return {
            "providers": [{"name": "kubernetes", "options": own | self.options()}],
            "stores": [{"name": self.store_name, "provider": "kubernetes", "options": own}],
        }

    def environment(self, folder: Path) -> Mapping[str, str]:
        return {"HOME": str(folder)}

    def operation(self, request: Request) -> str:
        return calls.operation(request)

    def reads(self, request: Request) -> bool:
        return calls.reads(request)

    def refusal(self, why: str, request: Request) -> Answer:
        return words.refusal(why, request)

    def success(self, request: Request) -> Answer:
        return words.success(request)

    def writes(self, request: Request) -> bool:
        return calls.operation(request) == "patch secrets/delivered"

    def close(self) -> None:
        self._client.close()

    # As the responder.

    def provider(self) -> KubernetesProvider:
        """Connect to the cluster, past the proxy."""
        return KubernetesProvider(self._cluster(), KubernetesOptions(**self.options()))

    def store(self) -> ClusterSecretStore:
        """Open the store, past the proxy."""
        return ClusterSecretStore(self._cluster(), self.store_name)

    def _cluster(self) -> Cluster:
        admin = access(self._server.kubeconfig)
        return Cluster(Access(self.url, Fixed(Secret(self.token)), admin.tls, admin.tls))

    def permissions(self) -> frozenset[Permission]:
        """Give all that the actions name; the store needs no more."""
        return frozenset(
            one for action in self._admin().actions() for one in action.spec.permissions
        )

    def grant(self, permissions: frozenset[Permission]) -> None:
        """Let the responder do this, and nothing else."""
        role = yaml.safe_load(self._admin().policy(permissions))
        role["metadata"]["name"] = self.name
        self.data("PUT", f"{RBAC}/clusterroles/{self.name}", **role)  # makes it if need be
        time.sleep(0.5)  # the server hears of its own roles by a watch

    def _admin(self) -> KubernetesProvider:
        return KubernetesProvider(Cluster(access(self._server.kubeconfig)), KubernetesOptions())

    # Calls.

    def call(
        self, method: str, path: str, token: str = server.ADMIN, **body: Any
    ) -> httpx.Response:  # fmt: skip
        """Make a call, as administrator or as somebody else."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        return self._client.request(method, path, json=body or None, headers=headers)

    def data(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Make a call as administrator that has to succeed."""
        answer = self.call(method, path, **body)
        answer.raise_for_status()
        return dict(answer.json())

    def bind(
        self, name: str, kind: str, role: str, subjects: list[dict[str, str]],
        namespace: str | None = None,
    ) -> None:  # fmt: skip
        """Bind a role, in a namespace or everywhere."""
        where = f"{RBAC}/namespaces/{namespace}/rolebindings"
        self.data(
            "POST", where if namespace else f"{RBAC}/clusterrolebindings",
            metadata={"name": name}, subjects=subjects,
            roleRef={"apiGroup": RBAC.split("/")[2], "kind": kind, "name": role},
        )  # fmt: skip

    def mint(self, namespace: str, account: str, bound: dict[str, Any] | None = None) -> str:
        """Ask for a token."""
        spec: dict[str, Any] = {"expirationSeconds": 7200}
        if bound:
            about = bound["metadata"]
            spec["boundObjectRef"] = {
                "apiVersion": "v1", "kind": bound["kind"], "name": about["name"], "uid": about["uid"],
            }  # fmt: skip
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        return str(self.data("POST", path, spec=spec)["status"]["token"])

    def presents(self, token: str) -> int:
        """Present a token; give the status, 201 or 401."""
        answer = self.call(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", token,
            apiVersion="authentication.k8s.io/v1", kind="SelfSubjectReview",
        )  # fmt: skip
        return answer.status_code

    def forgets(self, token: str) -> bool:
        """Say whether a token is dead, once the server has forgotten that it accepted it."""
        end = time.monotonic() + self.remembers
        while self.presents(token) != 401:
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
        return True
