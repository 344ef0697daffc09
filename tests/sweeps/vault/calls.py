"""What the calls to Vault mean; its paths alone do not tell."""

import json
import re
from hashlib import sha256
from typing import Any, Final

from tests.faults.exchange import Request

QUESTIONS: Final = re.compile(
    r"sys/audit-hash/|sys/capabilities-|identity/lookup/|auth/token/lookup|/secret-id(-accessor)?/lookup$"
)
"""Posted, and change nothing."""

_MEANINGS: Final = (
    (r"POST auth/approle/role/[^/]+/secret-id", "draw secret ID"),
    (r"POST auth/approle/role/[^/]+/secret-id-accessor/destroy", "destroy {secret_id_accessor}"),
    (r"POST auth/approle/login", "log in"),
    (r"POST auth/token/revoke-accessor", "revoke {accessor}"),
    (r"POST auth/token/create-orphan", "make token"),
    (r"POST identity/entity/id/.*", "disabled: {disabled}"),
    (r"(POST|PUT|PATCH) secret/data/.*", "write secret"),
    (r"PATCH secret/metadata/.*", "mark secret"),
)  # fmt: skip


def operation(request: Request) -> str:
    """Name a call; digests stand for accessors, which could revoke."""
    called = f"{request.method.replace('PUT', 'POST')} {_path(request)}"
    for pattern, name in _MEANINGS:
        if re.fullmatch(pattern, called):
            return _filled(name, _body(request))
    return called


def reads(request: Request) -> bool:
    """Say whether a call only reads."""
    return request.method in ("GET", "LIST") or bool(QUESTIONS.search(_path(request)))


def digest(accessor: str) -> str:
    """Give what stands for an accessor in a name."""
    return sha256(accessor.encode()).hexdigest()[:12]


def _path(request: Request) -> str:
    return request.path.removeprefix("/v1/").partition("?")[0]


def _body(request: Request) -> dict[str, Any]:
    return dict(json.loads(request.body)) if request.body else {}


def _filled(name: str, body: dict[str, Any]) -> str:
    if name == "draw secret ID" and "-probe" in str(body.get("metadata")):
        return "draw probe"
    held = {key: str(value) for key, value in body.items()}
    digests = {key: digest(value) for key, value in held.items() if "accessor" in key}
    return name.format_map({"disabled": "?"} | held | digests)
