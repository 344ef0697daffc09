"""Options of a connection to Vault, and of its secret store."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rekey.providers.declared import Declared, Text


class VaultOptions(Declared):
    """One Vault or OpenBao; the token comes from ``VAULT_TOKEN`` or ``~/.vault-token``.

    Attributes:
        address: else ``VAULT_ADDR``.
        namespace: else ``VAULT_NAMESPACE``.
        audit_device: path of the device whose log was read; needed where there are several.
        endpoints: addresses of all nodes that answer clients, for proofs; else the address.
        audit_log: file of that device, to see what a stolen token wrote after the case was made.
    """

    address: Text | None = None
    namespace: Text | None = None
    audit_device: Text | None = None
    endpoints: tuple[Text, ...] = ()
    audit_log: Path | None = None


class KvOptions(BaseModel):
    """A kv engine of version 2.

    Attributes:
        mount: where it is mounted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Text | None = None
    namespace: Text | None = None
    mount: Text = "secret"
