"""Accounts that other systems made for a token by way of Vault, and that may outlive it.

Revoking a token only queues its leases for revocation, and one whose system does not answer becomes
irrevocable: Vault gives up, and the account lives on. A disabled entity ends no lease at all.
https://developer.hashicorp.com/vault/docs/concepts/lease
https://developer.hashicorp.com/vault/api-docs/system/leases
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rekey.containment.errors import Refused
from rekey.containment.survey import Finding
from rekey.providers.audit_log import findings
from rekey.providers.vault.client import Vault


def leased(log: Path, names: Collection[str], since: datetime) -> Iterator[Finding]:
    """Read which leases some tokens, or some entities, were given.

    The log holds the id of a lease in clear, but not where the answer was wrapped.

    Args:
        log: the file of the audit device.
        names: HMACs of accessors, and ids of entities.
        since: begin of the abuse.

    Raises:
        Refused: the log cannot be read.
    """
    return findings(log, names, partial(_lease, names, since))


def lives(vault: Vault, lease: str) -> bool:
    """Say whether Vault knows a lease still.

    Raises:
        ProviderError: it does not say.
    """
    try:
        vault.ask("sys/leases/lookup", lease_id=lease)
    except Refused as error:
        if "invalid lease" in error.message:
            return False
        raise
    return True


def _lease(names: Collection[str], since: datetime, event: dict[str, Any]) -> Finding | None:
    auth, given = event["auth"], event["response"]["secret"]
    by = next((one for one in (auth.get("accessor"), auth.get("entity_id")) if one in names), None)
    time = datetime.fromisoformat(str(event["time"]))
    if event["type"] != "response" or not given.get("lease_id") or by is None or time < since:
        return None
    path = str(event["request"]["path"])
    return Finding(str(given["lease_id"]), f"credential leased at {path}, which lives", str(by))
