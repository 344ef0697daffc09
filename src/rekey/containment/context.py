"""What an engine works with: collaborators come in here, and nowhere else."""

import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from rekey.containment.break_glass import BreakGlass
from rekey.containment.clock import Clock
from rekey.containment.connections import Connections
from rekey.containment.secret import Secret
from rekey.containment.secret_store import SecretStore
from rekey.containment.settings import ContainmentSettings
from rekey.errors import Place, RekeyError
from rekey.journal.interface import Entry, Journal
from rekey.site.model import Site


@dataclass(frozen=True)
class Context:
    """One engine's collaborators.

    Attributes:
        presented: id of a target → the old credential, where the responder has it.
        fingerprints: key of the fingerprints by which the journal knows such a credential again.
        tell: hears of each entry of a run when it is on the disk, to show progress.
    """

    connections: Connections
    settings: ContainmentSettings
    journal: Journal
    clock: Clock
    site: Site = field(default_factory=Site)
    listed: BreakGlass = field(default_factory=BreakGlass)
    store: SecretStore | None = None
    presented: Mapping[str, Secret] = field(default_factory=dict)
    fingerprints: bytes = field(default=b"", repr=False)
    tell: Callable[[Entry], None] = field(default=lambda entry: None, repr=False)

    def fingerprint(self, secret: Secret | None) -> str | None:
        """Give a keyed fingerprint (HMAC-SHA256); without the key it tells nothing."""
        if secret is None or not self.fingerprints:
            return None
        return hmac.new(self.fingerprints, secret.reveal().encode(), sha256).hexdigest()


def fingerprint_key(path: Path) -> bytes:
    """Read the key of the fingerprints, or make it, readable by its owner only.

    Raises:
        RekeyError: it cannot be read or made.
    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        try:
            return path.read_bytes()
        except OSError as error:
            raise RekeyError(error.strerror or "cannot be read", place=Place(path)) from error
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be made", place=Place(path)) from error
    with os.fdopen(handle, "wb") as file:
        file.write(key := os.urandom(32))
    return key
