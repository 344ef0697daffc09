"""How Vault words what it did not do.

https://developer.hashicorp.com/vault/api-docs#http-status-codes
"""

import json
from typing import Any, Final

from tests.faults.exchange import Answer, Request
from tests.sweeps.vault.calls import operation

_ERRORS: Final = {
    "throttled": (429, "request path \"auth/token/lookup\": rate limit quota exceeded"),
    "unavailable": (503, "Vault is sealed"),
    "failed": (500, "1 error occurred: internal error"),
}  # fmt: skip
_AUTH: Final = {"client_token": "hvs.nevermade", "accessor": "nevermade", "policies": ["default"]}
_MADE: Final[dict[str, Any]] = {
    "draw secret ID": {"data": {"secret_id": "never-made", "secret_id_accessor": "never-made"}},
    "make token": {"auth": _AUTH},
    "write secret": {"data": {"version": 99}},
}


def refusal(why: str, request: Request) -> Answer:
    """Word an error; see :data:`_ERRORS`."""
    status, message = _ERRORS[why]
    more = (("Retry-After", "1"),) if status == 429 else ()
    body = json.dumps({"errors": [message]}).encode()
    return Answer(status, body, (("Content-Type", "application/json"), *more))


def success(request: Request) -> Answer:
    """Word that something was done."""
    name = operation(request)
    if name not in _MADE:
        return Answer(204, b"", ())
    return Answer(200, json.dumps({"request_id": "1", "data": None} | _MADE[name]).encode())
