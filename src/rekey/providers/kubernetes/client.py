"""The API server over HTTP: single calls, and their failures in the engine's words."""

import ssl
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import quote

import httpx

from rekey.containment.errors import Denied, ProviderError, Refused, Throttled, Unclear, Unreachable
from rekey.containment.secret import Secret
from rekey.providers.answer import Answer
from rekey.providers.kubernetes.kubeconfig import Access

TIMEOUT_SECONDS: Final = 10
_SAID: Final = 300
"""Characters of an error message that are kept."""

_METADATA: Final = "application/json;as=PartialObjectMetadata{list};g=meta.k8s.io;v=v1"
_MERGE: Final = "application/merge-patch+json"

Data = dict[str, Any]
"""An object, a part of one, or a whole answer: that is an :class:`Answer`."""


class Cluster:
    """One cluster, as one identity; connections stay open for the next call.

    Args:
        access: where it is, and as whom we come.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._elsewhere: dict[str, Cluster] = {}
        # The second shows no certificate: it is for calls as somebody else.
        self._own, self._stranger = (_client(tls) for tls in (access.tls, access.tls_without_us))
        for client in (self._own, self._stranger):
            weakref.finalize(self, client.close)

    @property
    def address(self) -> str:
        """Where it is."""
        return self._access.server

    def read(self, path: str, *, metadata: bool = False) -> Data | None:
        """Read an object; ``None`` if it is not there.

        Args:
            path: such as ``/api/v1/namespaces/a/pods/b``.
            metadata: without its content, so that no secret comes along.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        accept = _METADATA.format(list="") if metadata else "application/json"
        answer = self._send("GET", path, accept=accept)
        return None if answer.status_code == 404 else _checked(answer, f"get {path}", False)

    def items(self, path: str, *, metadata: bool = False, **query: str) -> list[Data]:
        """List objects, all pages of them; empty if the cluster does not know the kind.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        accept = _METADATA.format(list="List") if metadata else "application/json"
        found: list[Data] = []
        more = ""
        while True:
            asked = {**query, "limit": "500"} | ({"continue": more} if more else {})
            answer = self._send("GET", path, accept=accept, query=asked)
            if answer.status_code == 404:
                return found
            page = _checked(answer, f"list {path}", False)
            found += page.get("items") or ()
            more = (page.get("metadata") or {}).get("continue") or ""
            if not more:
                return found

    def text(self, path: str, **query: str) -> str:
        """Read plain text, such as the log of a pod.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        answer = self._send("GET", path, query=query)
        if answer.is_error:
            raise _failure(answer, f"get {path}", False)
        return answer.text

    def ask(self, path: str, body: Data) -> Data:
        """Post a question that changes nothing, such as a review.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        return _checked(self._send("POST", path, body), f"create {path}", False)

    def create(self, path: str, body: Data) -> Data:
        """Create an object.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        return _checked(self._send("POST", path, body, changing=True), f"create {path}", True)

    def patch(self, path: str, body: Data) -> Data | None:
        """Merge into an object; ``None`` if it is not there.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        answer = self._send("PATCH", path, body, content=_MERGE, changing=True)
        return None if answer.status_code == 404 else _checked(answer, f"patch {path}", True)

    def delete(self, path: str, uid: str, grace: int | None = None) -> None:
        """Delete the object of that uid, and no other of its name; one that is gone is fine.

        Raises:
            ProviderError: as :func:`_failure`.
        """
        body: Data = {"preconditions": {"uid": uid}}
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        answer = self._send("DELETE", path, body, changing=True)
        if answer.status_code == 409:
            found = self.read(path, metadata=True)
            if found is None or found["metadata"]["uid"] != uid:
                return
        if answer.status_code != 404:
            _checked(answer, f"delete {path}", True)

    def at(self, address: str) -> "Cluster":
        """Give the same cluster through another API server."""
        address = address.rstrip("/")
        if address == self.address:
            return self
        if address not in self._elsewhere:
            self._elsewhere[address] = Cluster(replace(self._access, server=address))
        return self._elsewhere[address]

    def presented(self, token: Secret, method: str, path: str, body: Data | None = None) -> int:
        """Make a call as somebody else; give the HTTP status.

        Raises:
            Unreachable: no answer, or one that says nothing about the token.
        """
        answer = self._send(method, path, body, token=token)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unreachable(f"{self.address} answers {answer.status_code}")
        return answer.status_code

    def _send(
        self, method: str, path: str, body: Data | None = None, *, token: Secret | None = None,
        accept: str = "application/json", content: str = "application/json",
        query: Mapping[str, str] | None = None, changing: bool = False,
    ) -> httpx.Response:  # fmt: skip
        access = self._access
        sent = token or (access.login.token() if access.login else None)
        headers = {"Accept": accept, "Content-Type": content}
        if sent is not None:
            headers["Authorization"] = f"Bearer {sent.reveal()}"
        more = {"sni_hostname": access.server_name} if access.server_name else {}
        client = self._own if token is None else self._stranger
        try:
            answer = client.request(
                method, f"{access.server}{path}", json=body, params=query, headers=headers,
                extensions=more,
            )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            lost = Unclear if changing else Unreachable
            raise lost(f"no answer to {method} {path}: {type(error).__name__}") from error
        if answer.status_code == httpx.codes.UNAUTHORIZED and token is None and access.login:
            access.login.refused()
        return answer


def _client(tls: ssl.SSLContext) -> httpx.Client:
    """Keep connections, and no cookies: each call says anew who makes it."""
    forgets = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(verify=tls, timeout=TIMEOUT_SECONDS, cookies=forgets)


def _checked(answer: httpx.Response, what: str, changing: bool) -> Data:
    if answer.is_error:
        raise _failure(answer, what, changing)
    try:
        found = answer.json()
    except ValueError:
        found = None
    # Every object of the API says what it is; what does not was answered by something else, and
    # would pass for a list without items.
    lost = Unclear if changing else Unreachable
    if not isinstance(found, dict) or not found.get("kind"):
        raise lost(f"the answer to {what} is none of the API's")
    return Answer(found, what, lost)


def _failure(answer: httpx.Response, what: str, changing: bool) -> ProviderError:
    """Say an error of the API server in the engine's words.

    ``Denied``, ``Refused`` and ``Throttled`` changed nothing; ``Unclear`` may have; ``Unreachable``
    was only to be read.
    """
    code, message = answer.status_code, _said(answer)
    if code == 401:
        return Unreachable(f"the API server does not know us: {message}")
    if code == 403:
        return Denied(f"the API server denies {what}: {message}", what)
    if code == 429:
        after = answer.headers.get("Retry-After", "")
        return Throttled(f"the API server limits {what}",
                         timedelta(seconds=int(after) if after.isdigit() else 1))  # fmt: skip
    if code < 500:
        return Refused(f"the API server refuses {what}: {message}")
    return (Unclear if changing else Unreachable)(f"the API server answers {what} with {code}")


def _said(answer: httpx.Response) -> str:
    try:
        message = str(answer.json().get("message") or "no reason")
    except (ValueError, AttributeError):
        message = "no reason"
    return " ".join(message.split())[:_SAID]


def path_of(resource: str, namespace: str | None = None, name: str | None = None) -> str:
    """Give the path of a resource as kubectl names it, such as ``roles.rbac.authorization.k8s.io``.

    Everything that has a group here has version 1 of it.
    """
    plural, _, group = resource.partition(".")
    parts: Sequence[str] = [f"/apis/{group}/v1" if group else "/api/v1"]
    if namespace:
        parts = [*parts, "namespaces", quote(namespace, safe="")]
    return "/".join([*parts, plural, *([quote(name, safe="")] if name else [])])
