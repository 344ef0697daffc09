"""A credential of AWS as a responder hands it in."""

import json
from dataclasses import dataclass
from typing import Final

from rekey.containment.secret import Secret

_LONG_TERM: Final = "AKIA"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"""


@dataclass(frozen=True)
class Credential:
    """An access key, or with a token the key of a session."""

    key_id: str
    secret: Secret
    token: Secret | None = None

    @property
    def long_term(self) -> bool:
        """Whether it is a user's own key, and not one of a session."""
        return self.token is None and self.key_id.startswith(_LONG_TERM)


def credential(presented: Secret | None) -> Credential | None:
    """Read what a responder presents; ``None`` if it is none.

    Args:
        presented: ``ID:SECRET`` or ``ID:SECRET:TOKEN``, or JSON with ``AccessKeyId``,
            ``SecretAccessKey`` and perhaps ``SessionToken``, as ``aws sts assume-role`` and
            ``aws configure export-credentials`` print it.
    """
    if presented is None:
        return None
    text = presented.reveal().strip()
    if text.startswith("{"):
        return _from_json(text)
    id, _, rest = text.partition(":")
    secret, _, token = rest.partition(":")
    if not id or not secret:
        return None
    return Credential(id, Secret(secret), Secret(token) if token else None)


def _from_json(text: str) -> Credential | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    found = found.get("Credentials", found)
    if not isinstance(found, dict):
        return None
    id, secret = found.get("AccessKeyId"), found.get("SecretAccessKey")
    if not isinstance(id, str) or not isinstance(secret, str):
        return None
    token = found.get("SessionToken")
    return Credential(id, Secret(secret), Secret(token) if isinstance(token, str) else None)


def as_json(key_id: str, secret: Secret) -> Secret:
    """Write a key under the names that AWS's own programs use."""
    return Secret(json.dumps({"AccessKeyId": key_id, "SecretAccessKey": secret.reveal()}))
