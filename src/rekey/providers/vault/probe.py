"""Presenting tokens and secret IDs, before an effect and after it."""

from collections.abc import Callable, Sequence
from typing import Final

from rekey.containment.action_spec import Grade
from rekey.containment.call import Check
from rekey.containment.errors import Denied, ProviderError, Refused
from rekey.containment.secret import Secret
from rekey.providers.vault.client import Vault

_TOKEN_BEGINS: Final = ("hvs.", "hvb.", "hvr.", "s.", "b.", "r.")
"""https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes"""

_WRONG_SECRET_ID: Final = ("invalid secret id", "invalid credentials", "invalid role or secret id")
"""The newest answer stands in 1.15 and later, the others before."""


def is_token(secret: Secret | None) -> bool:
    """Tell a token from a secret ID."""
    return secret is not None and secret.reveal().startswith(_TOKEN_BEGINS)


def nothing() -> None:
    """Leave nothing behind, because nothing was made."""


class TokenProbe:
    """Presents a token to ``auth/token/lookup-self``, which the policy ``default`` allows."""

    def __init__(
        self, vault: Vault, token: Secret, endpoints: Sequence[str],
        grade: Grade = Grade.A, end: Callable[[], None] = nothing,
    ) -> None:  # fmt: skip
        self._vault, self._token, self._endpoints = vault, token, endpoints
        self.grade, self._end = grade, end

    def present(self) -> Sequence[Check]:
        """Ask every node."""
        return [self._ask(address) for address in self._endpoints]

    def _ask(self, address: str) -> Check:
        answer, holds = "200", False
        try:
            self._vault.presented(self._token.reveal(), address).read("auth/token/lookup-self")
        except Denied:
            answer, holds = "403 permission denied", True
        except ProviderError as error:
            return Check(self.grade, address, *_LOOKUP, error.message, None)
        return Check(self.grade, address, *_LOOKUP, answer, holds)

    def close(self) -> None:
        """Forget the token."""
        self._token = Secret("")
        self._end()


_LOOKUP: Final = ("GET auth/token/lookup-self with the token", "403 permission denied")
_LOGIN: Final = ("log in with the secret ID", "400 invalid secret id")
_SECRET_ID: Final = ("POST {role}/secret-id/lookup with the secret ID", "204: there is none")


class SecretIdProbe:
    """Presents a secret ID: looks it up each time, and logs in with it until that is refused once.

    Five refused logins in a quarter of an hour lock the whole role out, the workload that has the
    successor too. The token of a login that succeeds is revoked at once.
    https://developer.hashicorp.com/vault/docs/concepts/user-lockout
    """

    def __init__(
        self, vault: Vault, role: str, secret: Secret,
        grade: Grade = Grade.A, end: Callable[[], None] = nothing,
    ) -> None:  # fmt: skip
        self._vault, self._role, self._secret = vault, role, secret
        self.grade, self._end = grade, end
        self._refused = False

    def present(self) -> Sequence[Check]:
        """Ask for it, and log in unless that was refused before."""
        return [self._look_up(), *([] if self._refused else [self._log_in()])]

    def _look_up(self) -> Check:
        about = (_SECRET_ID[0].format(role=self._role), _SECRET_ID[1])
        try:
            found = self._vault.ask(
                f"{self._role}/secret-id/lookup", secret_id=self._secret.reveal()
            )
        except ProviderError as error:
            return Check(self.grade, self._vault.address, *about, error.message, None)
        answer = "200" if found else _SECRET_ID[1]
        return Check(self.grade, self._vault.address, *about, answer, not found)

    def _log_in(self) -> Check:
        try:
            token = login(self._vault, self._role, self._secret)
        except Refused as error:
            self._refused = any(text in error.message for text in _WRONG_SECRET_ID)
            answer = _LOGIN[1] if self._refused else error.message
            return Check(self.grade, self._vault.address, *_LOGIN, answer, self._refused or None)
        except ProviderError as error:
            return Check(self.grade, self._vault.address, *_LOGIN, error.message, None)
        self._vault.presented(token.reveal()).change("auth/token/revoke-self")
        return Check(self.grade, self._vault.address, *_LOGIN, "200", False)

    def close(self) -> None:
        """Forget the secret ID."""
        self._secret = Secret("")
        self._end()


def login(vault: Vault, role: str, secret: Secret) -> Secret:
    """Log in to an AppRole, without a token of ours, and give the token.

    Args:
        vault: where.
        role: its path, such as ``auth/approle/role/export``.
        secret: the secret ID.

    Raises:
        ProviderError: it was refused, or could not be told.
    """
    found = vault.read(f"{role}/role-id")
    if found is None:
        raise Refused(f"there is no {role}")
    path = f"{role.partition('/role/')[0]}/login"
    given = vault.presented("").change(path, role_id=found["role_id"], secret_id=secret.reveal())
    return Secret(str(given["client_token"]))
