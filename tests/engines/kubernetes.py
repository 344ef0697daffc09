"""kube-apiserver with RBAC and an audit log, etcd behind it, and the controllers of tokens."""

import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.engines.binaries import binary
from tests.engines.process import free_port, listens, started
from tests.engines.runs import Server, once

ADMIN: Final = "admin-of-the-tests"
"""Token of a user above RBAC, in a cluster that lives for one test run."""

_ISSUER: Final = "https://kubernetes.default.svc.cluster.local"
_POLICIES: Final = Path(__file__).parent / "scripts/kubernetes"
_CONTROLLERS: Final = (
    "serviceaccount-controller", "serviceaccount-token-controller", "namespace-controller",
)  # fmt: skip


@dataclass(frozen=True)
class Cluster:
    """A cluster without nodes: pods are accepted and never run.

    Attributes:
        url: of its API server.
        kubeconfig: of the administrator.
        authority: what signed the server's certificate.
        audit: the audit log, one JSON object a line.
    """

    url: str
    kubeconfig: Path
    authority: Path
    audit: Path

    def client(self, token: str = ADMIN) -> httpx.Client:
        """Speak to the API server with a token."""
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=self.authority),
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )


def cluster(config: pytest.Config) -> Cluster:
    """This run's cluster; starts it if need be."""
    return _cluster(config, "")


def of_worker(config: pytest.Config) -> Cluster:
    """A cluster of this process alone: a survey looks at all of it, and others leave things there."""
    whose = f"-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    return _cluster(config, whose, "audit-short.yml")


def _cluster(config: pytest.Config, whose: str, policy: str = "audit-policy.yml") -> Cluster:
    programs = {
        name: binary(name) for name in ("etcd", "kube-apiserver", "kube-controller-manager")
    }
    etcd = once(config, f"etcd{whose}", lambda folder: _etcd(programs["etcd"], folder))
    api = once(
        config, f"kubernetes{whose}",
        lambda folder: _api_server(programs["kube-apiserver"], etcd.url, folder, policy),
    )  # fmt: skip
    # A server of the run is known by its address alone, so that its folder stands there as well.
    url, _, folder = api.url.partition("#")
    found = Cluster(
        url, Path(folder) / "kubeconfig", Path(folder) / "certs/apiserver.crt",
        Path(folder) / "audit.ndjson",
    )  # fmt: skip
    once(
        config, f"kubernetes-controllers{whose}",
        lambda own: _controllers(programs["kube-controller-manager"], found, own),
    )  # fmt: skip
    return found


def _etcd(program: Path, folder: Path) -> Server:
    port, peers = free_port(), free_port()
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    pid = started(
        [
            program, "--name=tests", "--data-dir", folder / "data", "--log-level=warn",
            "--unsafe-no-fsync", f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=tests={peer}",
        ],
        folder, listens(port),
    )  # fmt: skip
    return Server(client, pid)


def second(config: pytest.Config) -> str:
    """Address of another API server of the same cluster, with a cache of its own."""
    first = cluster(config)
    program, home = binary("kube-apiserver"), first.kubeconfig.parent

    def start(folder: Path) -> Server:
        for name in ("accounts.key", "certs"):
            (folder / name).symlink_to(home / name)
        etcd = once(config, "etcd", _never)
        return _api_server(program, etcd.url, folder)

    return once(config, "kubernetes-second", start).url.partition("#")[0]


def _never(folder: Path) -> Server:
    raise AssertionError("etcd runs already")


def _api_server(program: Path, etcd: str, folder: Path, policy: str = "audit-policy.yml") -> Server:
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    key = folder / "accounts.key"
    if not key.exists():
        kind = ["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""]
        subprocess.run(["ssh-keygen", *kind, "-f", str(key)], check=True)
    tokens = folder / "tokens.csv"
    tokens.write_text(f'{ADMIN},admin,admin,"system:masters"\n')
    authority = folder / "certs/apiserver.crt"
    pid = started(
        [
            program, f"--etcd-servers={etcd}", "--bind-address=127.0.0.1", f"--secure-port={port}",
            "--advertise-address=127.0.0.1", f"--cert-dir={folder / 'certs'}",
            "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/24",
            "--authorization-mode=RBAC", f"--token-auth-file={tokens}",
            f"--service-account-issuer={_ISSUER}", f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}", f"--audit-policy-file={_POLICIES / policy}",
            f"--audit-log-path={folder / 'audit.ndjson'}", "--audit-log-mode=blocking",
            "--profiling=false",
        ],
        folder, _ready(url, authority),
    )  # fmt: skip
    kubeconfig = {
        "apiVersion": "v1", "kind": "Config", "current-context": "tests",
        "clusters": [
            {"name": "tests", "cluster": {"server": url, "certificate-authority": str(authority)}}
        ],
        "users": [{"name": "admin", "user": {"token": ADMIN}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
    }  # fmt: skip
    (folder / "kubeconfig").write_text(json.dumps(kubeconfig))
    return Server(f"{url}#{folder}", pid)


def _controllers(program: Path, found: Cluster, folder: Path) -> Server:
    key = found.kubeconfig.parent / "accounts.key"
    pid = started(
        [
            program, f"--kubeconfig={found.kubeconfig}", "--leader-elect=false",
            "--bind-address=127.0.0.1", "--secure-port=0", f"--root-ca-file={found.authority}",
            f"--service-account-private-key-file={key}",
            f"--controllers={','.join(_CONTROLLERS)}",
        ],
        folder, lambda: True,
    )  # fmt: skip
    return Server(found.url, pid)


def _ready(url: str, authority: Path) -> Callable[[], bool]:
    def ask() -> bool:
        if not authority.exists():
            return False
        try:
            trust = ssl.create_default_context(cafile=authority)
            with urllib.request.urlopen(f"{url}/readyz", timeout=5, context=trust) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, ssl.SSLError, OSError):
            return False

    return ask
