"""Vault's HTTP API over hvac: single calls, and their failures in the engine's words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import hvac
import requests
from hvac import exceptions

from rekey.containment.errors import Denied, ProviderError, Refused, Throttled, Unclear, Unreachable
from rekey.providers.answer import Answer

TIMEOUT_SECONDS: Final = 10
_MERGE: Final = {"Content-Type": "application/merge-patch+json"}

Data = Answer


class Vault:
    """One Vault or OpenBao, as one token in one namespace.

    Args:
        client: hvac's, which finds address, token and certificates at Vault's usual places.
    """

    def __init__(self, client: hvac.Client) -> None:
        self._client = client

    @property
    def address(self) -> str:
        """Where it is."""
        return str(self._client.url)

    def read(self, path: str) -> Data | None:
        """Read a path; ``None`` if nothing is there.

        Raises:
            ProviderError: as :func:`translated`.
        """
        with translated(f"read {path}", changing=False):
            found = self._client.read(path)
        return None if found is None else _answer(found, f"read {path}", Unreachable)

    def keys(self, path: str) -> Sequence[str]:
        """List a path; empty if nothing is there.

        Raises:
            ProviderError: as :func:`translated`.
        """
        with translated(f"list {path}", changing=False):
            found = self._client.list(path)
        if found is None:
            return []
        return [str(key) for key in _answer(found, f"list {path}", Unreachable).get("keys") or ()]

    def ask(self, path: str, **data: Any) -> Data:
        """Post a question that changes nothing.

        Raises:
            ProviderError: as :func:`translated`.
        """
        with translated(f"update {path}", changing=False):
            found = self._client.write_data(path, data=data)
        return _answer(found, f"update {path}", Unreachable)

    def change(self, path: str, **data: Any) -> Data:
        """Post a change.

        Raises:
            ProviderError: as :func:`translated`.
        """
        with translated(f"update {path}", changing=True):
            found = self._client.write_data(path, data=data)
        return _answer(found, f"update {path}", Unclear)

    def patch(self, path: str, **data: Any) -> Data:
        """Change some fields of a path and leave the others.

        Raises:
            ProviderError: as :func:`translated`.
        """
        with translated(f"patch {path}", changing=True):
            found = self._client.adapter.request("patch", f"/v1/{path}", json=data, headers=_MERGE)
        return _answer(found, f"patch {path}", Unclear)

    def presented(self, token: str, address: str | None = None) -> "Vault":
        """Give the same Vault, seen with another token and perhaps through another node."""
        return opened(address or self.address, self._client.adapter.namespace, token)


def opened(
    address: str | None = None, namespace: str | None = None, token: str | None = None
) -> Vault:
    """Connect; what is not said comes from ``VAULT_ADDR``, ``VAULT_TOKEN``, ``VAULT_CACERT``."""
    return Vault(
        hvac.Client(url=address, token=token, namespace=namespace, timeout=TIMEOUT_SECONDS)
    )


def _answer(answer: Any, what: str, lost: type[ProviderError]) -> Data:
    """Take what an answer is about: ``data``, ``auth`` of what logs in, all of ``sys/health``.

    Raises:
        ProviderError: ``lost``, if something else than Vault answered. hvac hands on whatever it
            cannot read, and that would pass for an empty answer.
    """
    if isinstance(answer, requests.Response) and answer.status_code == 204:
        return Answer({}, what, lost)  # done, and nothing to say
    if not isinstance(answer, Mapping) or not {"request_id", "initialized"} & answer.keys():
        raise lost(f"the answer to {what} is none of Vault's")
    about = answer.get("auth") or answer["data"] or {} if "data" in answer else answer
    return Answer(about, what, lost)


@contextmanager
def translated(what: str, *, changing: bool) -> Iterator[None]:
    """Say failures of hvac in the engine's words.

    Args:
        what: capability and path, as a policy would grant it.
        changing: whether a lost answer may have changed something.

    Raises:
        Denied, Refused, Throttled: nothing was changed. Unclear: it may have. Unreachable: it was
            only to be read.
    """
    lost: type[ProviderError] = Unclear if changing else Unreachable
    try:
        yield
    except exceptions.Forbidden as error:
        raise Denied(f"Vault denies {what}: {said(error)}", what) from error
    except exceptions.RateLimitExceeded as error:
        raise Throttled(f"Vault limits {what}") from error
    except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
        raise Refused(f"Vault refuses {what}: {said(error)}") from error
    except exceptions.VaultError as error:
        raise lost(f"Vault answers {what} with {type(error).__name__}: {said(error)}") from error
    except requests.RequestException as error:
        raise lost(f"no answer to {what}: {type(error).__name__}") from error


def said(error: exceptions.VaultError) -> str:
    """Give Vault's own words for an error, on one line."""
    return " ".join(" ".join(str(part) for part in error.errors or ("no reason",)).split())
