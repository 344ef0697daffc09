"""An AppRole at Vault: its secret IDs and the live tokens that came of them.

An accessor of a secret ID can destroy it, so that outside of here a digest stands for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from rekey.containment.call import Call
from rekey.containment.errors import Refused
from rekey.containment.secret import Secret
from rekey.providers.vault.client import Vault
from rekey.providers.vault.tokens import Token, Tokens

MARK = "rekey"
"""Key in the metadata of secret IDs that we make; the tokens of their logins carry it too."""


@dataclass(frozen=True)
class SecretId:
    """A valid secret ID, without its value."""

    accessor: str
    created: datetime
    metadata: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What stands for its accessor."""
        return sha256(self.accessor.encode()).hexdigest()


class Role:
    """An AppRole by its path, such as ``auth/approle/role/export``."""

    def __init__(self, vault: Vault, tokens: Tokens, path: str) -> None:
        self._vault, self._tokens, self.path = vault, tokens, path

    def secret_ids(self) -> list[SecretId]:
        """Give its valid secret IDs."""
        return [
            found for accessor in self._vault.keys(f"{self.path}/secret-id")
            if (found := self._look_up(accessor)) is not None
        ]  # fmt: skip

    def _look_up(self, accessor: str) -> SecretId | None:
        try:
            data = self._vault.ask(
                f"{self.path}/secret-id-accessor/lookup", secret_id_accessor=accessor
            )
        except Refused as error:
            if "failed to find" in error.message or "invalid" in error.message:
                return None  # destroyed since it was listed
            raise
        created = datetime.fromisoformat(str(data["creation_time"])).astimezone(UTC)
        return SecretId(accessor, created, dict(data.get("metadata") or {}))

    def make_secret_id(self, mark: str) -> tuple[Secret, SecretId]:
        """Draw a secret ID that carries a mark."""
        data = self._vault.change(f"{self.path}/secret-id", metadata=f'{{"{MARK}": "{mark}"}}')
        accessor = str(data["secret_id_accessor"])
        return Secret(str(data["secret_id"])), SecretId(accessor, datetime.now(UTC), {MARK: mark})

    def destroy(self, secret_id: SecretId) -> None:
        """Destroy one; the tokens that came of it live on."""
        self._vault.change(
            f"{self.path}/secret-id-accessor/destroy", secret_id_accessor=secret_id.accessor
        )

    def tokens(self) -> list[Token]:
        """Give the live tokens that came of its logins."""
        return [token for token in self._tokens.all() if token.role == self.path]

    def revoke(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        """Revoke tokens with all that hangs on them; give the HMACs of their accessors."""
        for token in tokens:
            self._vault.change("auth/token/revoke-accessor", accessor=token.accessor)
        return tuple(self._tokens.hashed(token.accessor) for token in tokens)


def role_path(call: Call) -> str | None:
    """Give the role that a target is, or that its token came from."""
    role = call.target.facts.get("role")
    return str(role) if role else None


def issued_in_run(call: Call) -> set[str]:
    """Give the digests of secret IDs that earlier steps of this run issued."""
    return {str(facts["secret_id"]) for facts in call.earlier.values() if "secret_id" in facts}


def marks_in_run(call: Call) -> set[str]:
    """Give the marks of what earlier steps of this run issued."""
    return {str(facts["mark"]) for facts in call.earlier.values() if "mark" in facts}


def older(tokens: Sequence[Token], call: Call) -> list[Token]:
    """Keep what a cut ends: issued before the cut-off, and not with our successor."""
    marks = marks_in_run(call)
    return [
        token for token in tokens
        if token.meta.get(MARK) not in marks and (call.cutoff is None or token.issued < call.cutoff)
    ]  # fmt: skip
