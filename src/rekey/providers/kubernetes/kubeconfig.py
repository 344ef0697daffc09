"""Where a cluster is and as whom we come, as kubectl finds it.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

import base64
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rekey.containment.secret import Secret
from rekey.errors import RekeyError
from rekey.providers.kubernetes.login import Fixed, FromFile, Login, Program
from rekey.yaml_file import read_yaml

_POD: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"""

Part = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """How to reach a cluster.

    Attributes:
        server: address of an API server.
        login: gives the bearer token; ``None`` where a client certificate says who we are.
        tls: with our client certificate.
        tls_without_us: without it. The server looks at a certificate before it looks at a token,
            so that a token must be presented without one.
        server_name: the name in the server's certificate, where it is not the address.
    """

    server: str
    login: Login | None = field(repr=False)
    tls: ssl.SSLContext
    tls_without_us: ssl.SSLContext
    server_name: str | None = None


def access(file: Path | None = None, context: str | None = None) -> Access:
    """Find the way to a cluster.

    Args:
        file: a kubeconfig; else ``KUBECONFIG``, ``~/.kube/config``, or the pod's own account.
        context: its name; else the current one.

    Raises:
        RekeyError: nothing there, or a part that is missing or not supported.
    """
    files = [file] if file else _files()
    if not files:
        return _of_pod()
    parts = [(path, _read(path)) for path in files]
    name = context or next((str(c) for _, part in parts if (c := part.get("current-context"))), "")
    _, chosen = _named(parts, "contexts", "context", name)
    home, cluster = _named(parts, "clusters", "cluster", str(chosen.get("cluster") or ""))
    user_home, user = (
        _named(parts, "users", "user", str(chosen["user"])) if chosen.get("user") else (home, {})
    )
    if not cluster.get("server"):
        raise RekeyError(f"the kubeconfig names no server for the context {name!r}")
    own = _trust(cluster, home)
    _identify(own, user, user_home)
    return Access(
        str(cluster["server"]).rstrip("/"), _login(user, user_home), own, _trust(cluster, home),
        cluster.get("tls-server-name"),
    )  # fmt: skip


def _files() -> list[Path]:
    if named := os.environ.get("KUBECONFIG"):
        return [path for one in named.split(os.pathsep) if one and (path := Path(one)).exists()]
    usual = Path.home() / ".kube" / "config"
    return [usual] if usual.is_file() else []


def _of_pod() -> Access:
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{one}") for one in ("HOST", "PORT"))
    if not host or not (_POD / "token").is_file():
        raise RekeyError(
            "no kubeconfig is here, and no service account of a pod",
            hint="Name one: options.kubeconfig, or KUBECONFIG.",
        )
    where = f"[{host}]" if ":" in host else host
    trust = ssl.create_default_context(cafile=_POD / "ca.crt")
    return Access(f"https://{where}:{port or 443}", FromFile(_POD / "token"), trust, trust)


def _read(path: Path) -> Part:
    if not path.is_file():
        raise RekeyError(f"there is no kubeconfig {path}")
    found = read_yaml(path).data
    if not isinstance(found, dict):
        raise RekeyError(f"{path} is no kubeconfig")
    return found


def _named(parts: list[tuple[Path, Part]], group: str, key: str, name: str) -> tuple[Path, Part]:
    """Give the first entry of that name, with the file that relative paths in it are about."""
    for path, part in parts:
        for one in part.get(group) or ():
            if isinstance(one, Mapping) and one.get("name") == name:
                return path.parent, dict(one.get(key) or {})
    raise RekeyError(
        f"the kubeconfig has no {key} {name!r}", hint="`kubectl config get-contexts` lists them."
    )


def _trust(cluster: Part, home: Path) -> ssl.SSLContext:
    try:
        if data := cluster.get("certificate-authority-data"):
            return ssl.create_default_context(cadata=base64.b64decode(data).decode())
        file = cluster.get("certificate-authority")
        trust = ssl.create_default_context(cafile=home / file if file else None)
    except (OSError, ValueError) as error:
        raise RekeyError(
            f"the kubeconfig's certificate authority cannot be read: {error}"
        ) from error
    if cluster.get("insecure-skip-tls-verify"):
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return trust


def _identify(trust: ssl.SSLContext, user: Part, home: Path) -> None:
    """Load the client certificate, which Python takes from files only."""
    with tempfile.TemporaryDirectory() as folder:  # readable by us alone
        pair = []
        for name in ("client-certificate", "client-key"):
            if data := user.get(f"{name}-data"):
                pair.append(Path(folder) / name)
                pair[-1].write_bytes(base64.b64decode(data))
            elif file := user.get(name):
                pair.append(home / file)
        if not pair:
            return
        try:
            trust.load_cert_chain(pair[0], pair[-1])
        except OSError as error:
            raise RekeyError(f"the client certificate cannot be used: {error}") from error


def _login(user: Part, home: Path) -> Login | None:
    if file := user.get("tokenFile"):
        return FromFile(home / file)
    if token := user.get("token"):
        return Fixed(Secret(str(token)))
    if program := user.get("exec"):
        return Program(program)
    if user.get("auth-provider") or user.get("username"):
        raise RekeyError(
            "the kubeconfig's user logs in by auth-provider or password, which Kubernetes removed",
            hint="Use exec, token, tokenFile or a client certificate.",
        )
    return None
