"""HashiCorp Vault and OpenBao: tokens, AppRoles, entities; kv version 2 as a secret store."""

from rekey.containment.interface import Provider
from rekey.containment.secret_store import SecretStore
from rekey.containment.target import Facts
from rekey.providers.declared import read_options
from rekey.providers.vault.client import opened
from rekey.providers.vault.provider import VaultProvider
from rekey.providers.vault.settings import KvOptions, VaultOptions
from rekey.providers.vault.store import KvStore

__all__ = ["connect", "open_store"]


def connect(options: Facts) -> Provider:
    """Connect to one Vault; see :class:`rekey.containment.interface.Connect`."""
    found = read_options(VaultOptions, "vault", options)
    return VaultProvider(opened(found.address, found.namespace), found)


def open_store(name: str, options: Facts) -> SecretStore:
    """Open a kv engine; see :class:`rekey.containment.interface.OpenStore`."""
    found = read_options(KvOptions, "vault", options)
    return KvStore(opened(found.address, found.namespace), found.mount, name)
