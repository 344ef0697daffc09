"""Accounts that other systems made for a token by way of Vault, and that may outlive it.

Revoking a token only queues its leases for revocation, and one whose system does not answer becomes
irrevocable: Vault gives up, and the account lives on. A disabled entity ends no lease at all.
https://developer.hashicorp.com/vault/docs/concepts/lease
https://developer.hashicorp.com/vault/api-docs/system/leases
"""

from dataclasses import dataclass

from rekey.containment.errors import Refused
from rekey.containment.survey import Finding
from rekey.providers.vault.client import Vault


@dataclass(frozen=True)
class Lease(Finding):
    """A lease that the audit log shows: a finding while it :func:`lives`.

    The log holds its id in clear, but not where the answer was wrapped.
    """


def lives(vault: Vault, lease: Lease) -> bool:
    """Say whether Vault knows a lease still.

    Raises:
        ProviderError: it does not say.
    """
    try:
        vault.ask("sys/leases/lookup", lease_id=lease.id)
    except Refused as error:
        if "invalid lease" in error.message:
            return False
        raise
    return True
