"""Presenting tokens to API servers, before an effect and after it."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

from rekey.containment.action_spec import Grade
from rekey.containment.call import Check
from rekey.containment.errors import ProviderError
from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import Cluster

SELF: Final = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_REVIEW: Final = "/apis/authentication.k8s.io/v1/tokenreviews"
REVIEWS: Final = "create tokenreviews.authentication.k8s.io"
"""The permission to have tokens reviewed."""

_SELF_BODY: Final = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
_DENIED: Final = {401: "401 Unauthorized", 403: "403 Forbidden"}


class TokenProbe:
    """Presents a token itself to each API server, and has each review it.

    A token for another audience than the API server's is only reviewed: presenting it is refused
    from the start, and proves nothing.
    """

    def __init__(
        self, cluster: Cluster, token: Secret, endpoints: Sequence[str], grade: Grade = Grade.A
    ) -> None:
        self._cluster, self._token, self._endpoints = cluster, token, endpoints
        self.grade = grade
        self._only_reviewed: bool | None = None

    def present(self) -> Sequence[Check]:
        """Ask every server."""
        checks: list[Check] = []
        for address in self._endpoints:
            server = self._cluster.at(address)
            review, direct = self._review(server), self._present(server)
            if self._only_reviewed is None:
                self._only_reviewed = bool(direct.holds) and review.holds is False
            checks += [review] if self._only_reviewed else [review, direct]
        return checks

    def _review(self, server: Cluster) -> Check:
        about = ("TokenReview with the token's own audiences", "authenticated: false")
        try:
            status = reviewed(server, self._token)
        except ProviderError as error:
            return Check(self.grade, server.address, *about, error.message, None)
        alive = bool(status.get("authenticated"))
        why = f" ({status['error']})"[:300] if status.get("error") else ""
        answer = f"authenticated: {str(alive).lower()}{why}"
        # The wrong audience is a reason of its own, which says nothing about the token.
        holds = None if "target audiences" in why else not alive
        return Check(self.grade, server.address, *about, answer, holds)

    def _present(self, server: Cluster) -> Check:
        about = ("SelfSubjectReview with the token", _DENIED[401])
        try:
            code = server.presented(self._token, "POST", SELF, dict(_SELF_BODY))
        except ProviderError as error:
            return Check(self.grade, server.address, *about, error.message, None)
        return Check(self.grade, server.address, *about, _DENIED.get(code, str(code)), code == 401)

    def close(self) -> None:
        """Forget the token; a sibling has ten minutes at most."""
        self._token = Secret("")


class RightsProbe:
    """Makes a call that only the bindings allow: rights go, while the token stays valid."""

    grade = Grade.A

    def __init__(
        self, cluster: Cluster, token: Secret, endpoints: Sequence[str], path: str
    ) -> None:
        self._cluster, self._token, self._endpoints, self._path = cluster, token, endpoints, path

    def present(self) -> Sequence[Check]:
        """Ask every server."""
        return [self._ask(self._cluster.at(address)) for address in self._endpoints]

    def _ask(self, server: Cluster) -> Check:
        about = (f"GET {self._path} with the token", _DENIED[403])
        try:
            code = server.presented(self._token, "GET", self._path)
        except ProviderError as error:
            return Check(self.grade, server.address, *about, error.message, None)
        holds = None if code not in (200, 403) else code == 403
        return Check(self.grade, server.address, *about, _DENIED.get(code, str(code)), holds)

    def close(self) -> None:
        """Forget the token."""
        self._token = Secret("")


def reviewed(server: Cluster, token: Secret) -> dict[str, Any]:
    """Have a server review a token for its own audiences; give the status of the review.

    Raises:
        ProviderError: it did not.
    """
    spec: dict[str, Any] = {"token": token.reveal()}
    if audiences := audiences_of(token):
        spec["audiences"] = audiences
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}
    return dict(server.ask(_REVIEW, asked)["status"])


def audiences_of(token: Secret) -> list[str]:
    """Read for whom a token is meant; empty for tokens of Secrets, which name nobody."""
    found = claims(token).get("aud")
    return [str(one) for one in found] if isinstance(found, list) else [str(found)] if found else []


def claims(token: Secret) -> dict[str, Any]:
    """Read what a token says of itself; nobody has checked that."""
    try:
        payload = token.reveal().split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def whoami(cluster: Cluster) -> dict[str, Any]:
    """Ask as whom we are known.

    Raises:
        ProviderError: it was not said.
    """
    found = cluster.ask(SELF, dict(_SELF_BODY))
    return dict((found.get("status") or {}).get("userInfo") or {})
