"""The break-glass list: identities that are never contained automatically.

Signed by somebody else than whoever asks for a plan, and compared with the list before it: what
vanished stands in the plan, where approvers see it.
"""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from rekey.errors import Place
from rekey.journal.interface import Journal
from rekey.journal.ssh_signature import SignatureError, Signer, verify
from rekey.site.model import glob
from rekey.yaml_file import read_bytes, read_model

NAMESPACE: Final = "rekey-break-glass"
ENTRY: Final = "break_glass"
"""Kind of the journal's entries that hold a list, from when on it was in force."""

Text = Annotated[str, Field(min_length=1)]


class Protected(BaseModel):
    """One entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Text
    """Glob over ids of identities and credentials: ``*`` and ``?``."""
    reason: Text
    owner: Text

    def __str__(self) -> str:
        return f"{self.match}: {self.reason} (owner {self.owner})"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1, le=1)]
    protected: tuple[Protected, ...]


class BreakGlass:
    """The entries, the digest of the file that held them, and who signed it."""

    def __init__(
        self, entries: tuple[Protected, ...] = (), sha256: str | None = None,
        signer: Signer | None = None,
    ) -> None:  # fmt: skip
        self.entries, self.sha256, self.signer = entries, sha256, signer

    def why(self, names: frozenset[str]) -> str | None:
        """Say why an identity with these names is protected, if it is."""
        for entry in self.entries:
            if any(glob(entry.match).fullmatch(name) for name in names):
                return f"break-glass list: {entry.reason} (owner {entry.owner})"
        return None

    def vanished(self, before: Iterable[Protected]) -> tuple[str, ...]:
        """Give what stood in an earlier list and does not stand in this one."""
        return tuple(str(one) for one in before if one not in self.entries)

    def document(self) -> dict[str, Any]:
        """Give it as the journal holds it."""
        return {
            "sha256": self.sha256, "protected": [one.model_dump() for one in self.entries],
            "signer": sorted(self.signer.principals) if self.signer else [],
        }  # fmt: skip


def last_list(journal: Journal) -> BreakGlass:
    """Give the list that was in force when the last run began."""
    found = [entry.payload for entry in journal.entries(kind=ENTRY)]
    if not found:
        return BreakGlass()
    entries = tuple(Protected.model_validate(one) for one in found[-1]["protected"])
    return BreakGlass(entries, found[-1]["sha256"])


def read_break_glass(path: Path, allowed: Path | None) -> BreakGlass:
    """Read a list and check its signature, which lies beside it as ``<name>.sig``.

    Raises:
        RekeyError: unreadable; SignatureError: not signed by an allowed signer. Without its list
            containment does not go on: a list that somebody removed must not mean "none".
    """
    signature = path.with_name(path.name + ".sig")
    if allowed is None:
        raise SignatureError("a break-glass list needs allowed_signers", place=Place(path))
    if not path.is_file():
        raise SignatureError("there is no such break-glass list", place=Place(path))
    content = read_bytes(path)
    try:
        signed = signature.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(
            "the signature of the break-glass list cannot be read",
            place=Place(signature),
            hint=f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY {path.name}",
        ) from error
    signer = verify(content, signed, NAMESPACE, allowed, Place(signature))
    # The bytes whose signature is good, not those that lie there by now.
    file, _ = read_model(path, _File, content)
    return BreakGlass(file.protected, sha256(content).hexdigest(), signer)
