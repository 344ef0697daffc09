"""How an API server words what it did not do.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

import base64
import json
from typing import Any, Final

from tests.faults.exchange import Answer, Request

_ERRORS: Final = {
    "throttled": (429, "TooManyRequests", "Too many requests, please try again later."),
    "unavailable": (503, "ServiceUnavailable", "the server is currently unable to handle it"),
    "failed": (500, "InternalError", "Internal error occurred: etcdserver: request timed out"),
}


def refusal(why: str, request: Request) -> Answer:
    """Word an error; see :data:`_ERRORS`."""
    code, reason, message = _ERRORS[why]
    more = (("Retry-After", "1"),) if code == 429 else ()
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
              "message": message, "code": code}  # fmt: skip
    return Answer(code, json.dumps(status).encode(), (("Content-Type", "application/json"), *more))


def success(request: Request) -> Answer:
    """Word that something was done: an object comes back as it was sent, and as if it were there."""
    if request.method == "DELETE":
        return _told(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
    sent = {"kind": "Secret", **json.loads(request.body)}
    about = {"uid": "never-made", "creationTimestamp": "2026-01-01T00:00:00Z"}
    sent["metadata"] = {**about, **(sent.get("metadata") or {})}
    if request.path.endswith("/token"):
        sent["status"] = {"token": _token(), "expirationTimestamp": "2036-01-01T00:00:00Z"}
    return _told(201 if request.method == "POST" else 200, sent)


def _told(code: int, body: dict[str, Any]) -> Answer:
    return Answer(code, json.dumps(body).encode())


def _token() -> str:
    parts: tuple[dict[str, str], ...] = ({"alg": "none"}, {"jti": "never-made"}, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts)
