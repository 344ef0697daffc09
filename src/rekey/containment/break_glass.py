"""The break-glass list: identities that are never contained automatically. Signed, and only added to."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from rekey.errors import Place
from rekey.journal.ssh_signature import SignatureError, verify
from rekey.site.model import glob
from rekey.yaml_file import read_model

NAMESPACE: Final = "rekey-break-glass"
Text = Annotated[str, Field(min_length=1)]


class Protected(BaseModel):
    """One entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Text
    """Glob over ids of identities and credentials: ``*`` and ``?``."""
    reason: Text
    owner: Text


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1, le=1)]
    protected: tuple[Protected, ...]


class BreakGlass:
    """The entries, and the digest of the file that held them."""

    def __init__(self, entries: tuple[Protected, ...] = (), sha256: str | None = None) -> None:
        self.entries, self.sha256 = entries, sha256

    def why(self, names: frozenset[str]) -> str | None:
        """Say why an identity with these names is protected, if it is."""
        for entry in self.entries:
            if any(glob(entry.match).fullmatch(name) for name in names):
                return f"break-glass list: {entry.reason} (owner {entry.owner})"
        return None


def read_break_glass(path: Path, allowed: Path | None) -> BreakGlass:
    """Read a list and check its signature, which lies beside it as ``<name>.sig``.

    Raises:
        RekeyError: unreadable; SignatureError: not signed by an allowed signer. Without its list
            containment does not go on: a list that somebody removed must not mean "none".
    """
    signature = path.with_name(path.name + ".sig")
    if allowed is None:
        raise SignatureError("a break-glass list needs allowed_signers", place=Place(path))
    try:
        content, signed = path.read_bytes(), signature.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(
            "the break-glass list or its signature cannot be read",
            place=Place(path),
            hint=f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY {path.name}",
        ) from error
    verify(content, signed, NAMESPACE, allowed)
    file, _ = read_model(path, _File)
    return BreakGlass(file.protected, sha256(content).hexdigest())
