"""Where a cluster is and as whom we come, as kubectl finds it.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import Base64Bytes, Base64Str, BaseModel, ConfigDict, Field

from rekey.containment.secret import Secret
from rekey.errors import RekeyError
from rekey.providers.kubernetes.login import Fixed, FromFile, Login, Plugin, Program
from rekey.yaml_file import YamlDocument, fitted, read_yaml

_POD: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"""


class _Entry(BaseModel):
    # What is wrong is told without the value: it may be a key or a token.
    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"), hide_input_in_errors=True
    )


class _Context(_Entry):
    cluster: str
    user: str | None = None


class _Cluster(_Entry):
    server: str
    certificate_authority_data: Base64Str | None = None
    certificate_authority: Path | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None


class _User(_Entry):
    client_certificate_data: Base64Bytes | None = None
    client_certificate: Path | None = None
    client_key_data: Base64Bytes | None = Field(default=None, repr=False)
    client_key: Path | None = None
    token_file: Path | None = Field(default=None, alias="tokenFile")
    token: str | None = Field(default=None, repr=False)
    exec: Plugin | None = None
    auth_provider: Any = None
    username: str | None = None


_Part = TypeVar("_Part", bound=_Entry)


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
    given = (part.data.get("current-context") for _, part in parts)
    name = context or next((str(each) for each in given if each), "")
    _, chosen = _named(parts, "context", _Context, name)
    home, cluster = _named(parts, "cluster", _Cluster, chosen.cluster)
    user_home, user = home, _User()
    if chosen.user:
        user_home, user = _named(parts, "user", _User, chosen.user)
    own = _trust(cluster, home)
    _identify(own, user, user_home)
    return Access(
        cluster.server.rstrip("/"), _login(user, user_home), own, _trust(cluster, home),
        cluster.tls_server_name,
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


def _read(path: Path) -> YamlDocument:
    if not path.is_file():
        raise RekeyError(f"there is no kubeconfig {path}")
    found = read_yaml(path)
    if not isinstance(found.data, dict):
        raise RekeyError(f"{path} is no kubeconfig")
    return found


def _named(
    parts: list[tuple[Path, YamlDocument]], key: str, model: type[_Part], name: str
) -> tuple[Path, _Part]:
    """Give the first entry of that name, with the folder that relative paths in it are about."""
    group = f"{key}s"
    for path, part in parts:
        for place, one in enumerate(part.data.get(group) or ()):
            if isinstance(one, Mapping) and one.get("name") == name:
                at = (group, place, key)
                return path.parent, fitted(one.get(key), model, path, part.locate, at)
    raise RekeyError(
        f"the kubeconfig has no {key} {name!r}", hint="`kubectl config get-contexts` lists them."
    )


def _trust(cluster: _Cluster, home: Path) -> ssl.SSLContext:
    file = cluster.certificate_authority
    try:
        trust = ssl.create_default_context(
            cafile=home / file if file and not cluster.certificate_authority_data else None,
            cadata=cluster.certificate_authority_data,
        )
    except (OSError, ValueError) as error:
        raise RekeyError(
            f"the kubeconfig's certificate authority cannot be read: {error}"
        ) from error
    if cluster.insecure_skip_tls_verify:
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return trust


def _identify(trust: ssl.SSLContext, user: _User, home: Path) -> None:
    """Load the client certificate, which Python takes from files only."""
    with tempfile.TemporaryDirectory() as folder:  # readable by us alone
        pair = []
        for name, data, file in (
            ("certificate", user.client_certificate_data, user.client_certificate),
            ("key", user.client_key_data, user.client_key),
        ):
            if data:
                pair.append(Path(folder) / name)
                pair[-1].write_bytes(data)
            elif file:
                pair.append(home / file)
        if not pair:
            return
        try:
            trust.load_cert_chain(pair[0], pair[-1])
        except OSError as error:
            raise RekeyError(f"the client certificate cannot be used: {error}") from error


def _login(user: _User, home: Path) -> Login | None:
    if user.token_file:
        return FromFile(home / user.token_file)
    if user.token:
        return Fixed(Secret(user.token))
    if user.exec:
        return Program(user.exec, home)
    if user.auth_provider or user.username:
        raise RekeyError(
            "the kubeconfig's user logs in by auth-provider or password, which Kubernetes removed",
            hint="Use exec, token, tokenFile or a client certificate.",
        )
    return None
