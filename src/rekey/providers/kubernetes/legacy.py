"""Secrets of type ``kubernetes.io/service-account-token``, each with a token that has no end."""

import base64
from typing import Final

from rekey.containment.secret import Secret
from rekey.providers.kubernetes.account import Account
from rekey.providers.kubernetes.client import Cluster, Data, path_of

TYPE: Final = "kubernetes.io/service-account-token"
_OWNER: Final = "kubernetes.io/service-account.name"


def token_secrets(cluster: Cluster, account: Account) -> list[Data]:
    """Give the metadata of an account's token Secrets."""
    found = cluster.items(
        path_of("secrets", account.namespace), metadata=True, fieldSelector=f"type={TYPE}"
    )
    return [
        one for one in found
        if (one["metadata"].get("annotations") or {}).get(_OWNER) == account.name
    ]  # fmt: skip


def token_in(secret: Data) -> Secret | None:
    """Give the token that a Secret holds."""
    value = (secret.get("data") or {}).get("token")
    return Secret(base64.b64decode(value).decode()) if value else None
