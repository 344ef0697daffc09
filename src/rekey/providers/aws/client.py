"""AWS over boto3: single calls, and their failures in the engine's words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from rekey.containment.errors import Denied, ProviderError, Refused, Throttled, Unclear, Unreachable
from rekey.errors import RekeyError
from rekey.providers.aws.credential import Credential

# One attempt: the engine decides about a second one, because it journals both.
_CALLS: Final = Config(
    connect_timeout=10, read_timeout=20, retries={"total_max_attempts": 1, "mode": "standard"}
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_THROTTLED: Final = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
)
_MISSING: Final = frozenset({"NoSuchEntity", "ResourceNotFoundException"})


class Missing(Refused):
    """What was asked for is not there."""


class Aws:
    """One account, as one principal.

    Args:
        session: boto3's, with credentials and region.
        endpoint_url: of a server that stands in for AWS.
    """

    def __init__(self, session: boto3.Session, endpoint_url: str | None = None) -> None:
        self._session, self._endpoint_url = session, endpoint_url
        self._clients: dict[str, Any] = {}

    @property
    def session(self) -> boto3.Session:
        """The session behind it."""
        return self._session

    def with_profile(self, profile: str) -> "Aws":
        """Give the same region, seen with another profile."""
        session = boto3.Session(profile_name=profile, region_name=self._session.region_name)
        return Aws(session, self._endpoint_url)

    @property
    def key_id(self) -> str | None:
        """Id of the access key in use."""
        held = self._session.get_credentials()
        return held.access_key if held else None

    def client(self, service: str) -> Any:
        """Give the client of a service."""
        if service not in self._clients:
            self._clients[service] = self._session.client(  # type: ignore[call-overload]
                service, endpoint_url=self._endpoint_url, config=_CALLS
            )
        return self._clients[service]

    def read(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        """Make a call that changes nothing.

        Raises:
            ProviderError: as :func:`translated`.
        """
        return self._call(service, operation, given, changing=False)

    def change(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        """Make a call that changes something.

        Raises:
            ProviderError: as :func:`translated`.
        """
        return self._call(service, operation, given, changing=True)

    def _call(
        self, service: str, operation: str, given: dict[str, Any], *, changing: bool
    ) -> dict[str, Any]:
        client = self.client(service)
        permission = f"{service}:{client.meta.method_to_api_mapping[operation]}"
        with translated(permission, changing=changing):
            return dict(getattr(client, operation)(**given))

    def listed(self, service: str, operation: str, field: str, **given: Any) -> list[Any]:
        """List all pages of something.

        Raises:
            ProviderError: as :func:`translated`.
        """
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(self.read(service, operation, **given).get(field, ()))
        permission = f"{service}:{client.meta.method_to_api_mapping[operation]}"
        with translated(permission, changing=False):
            pages = client.get_paginator(operation).paginate(**given)
            return [one for page in pages for one in page.get(field, ())]

    def presented(self, credential: Credential) -> "Aws":
        """Give the same region, seen with another credential."""
        session = boto3.Session(
            aws_access_key_id=credential.key_id,
            aws_secret_access_key=credential.secret.reveal(),
            aws_session_token=credential.token.reveal() if credential.token else None,
            region_name=self._session.region_name,
        )
        return Aws(session, self._endpoint_url)


def opened(profile: str | None, region: str | None, endpoint_url: str | None = None) -> Aws:
    """Connect with what the SDK finds at its usual places.

    Raises:
        RekeyError: there is no such profile, or no region.
    """
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise RekeyError(
            f"AWS: {error}", hint="`aws configure list` shows what is there."
        ) from error
    if session.region_name is None:
        raise RekeyError("AWS: no region", hint="Set options.region, or AWS_DEFAULT_REGION.")
    return Aws(session, endpoint_url)


@contextmanager
def translated(permission: str, *, changing: bool) -> Iterator[None]:
    """Say failures of boto3 in the engine's words.

    Args:
        permission: as a policy would grant it.
        changing: whether a lost answer may have changed something.

    Raises:
        Denied, Refused, Missing, Throttled: nothing was changed. Unclear: it may have.
        Unreachable: it was only to be read.
    """
    lost: type[ProviderError] = Unclear if changing else Unreachable
    try:
        yield
    except ClientError as error:
        raise _said(error, permission, lost) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise Refused("AWS: no credentials", hint="`aws sts get-caller-identity` helps.") from error
    except BotoCoreError as error:
        raise lost(f"no answer to {permission}: {type(error).__name__}") from error


def _said(error: ClientError, permission: str, lost: type[ProviderError]) -> ProviderError:
    code = code_of(error)
    message = " ".join(str(error.response.get("Error", {}).get("Message", "")).split())
    if code in _DENIED:
        return Denied(f"AWS denies {permission}: {message}", permission)
    if code in _THROTTLED:
        return Throttled(f"AWS limits {permission}")
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status >= 500 or not status:
        return lost(f"AWS answers {permission} with {code}: {message}")
    kind = Missing if code in _MISSING else Refused
    return kind(f"AWS refuses {permission}: {code}: {message}")


def code_of(error: ClientError) -> str:
    """Give AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def in_words(parts: Sequence[str]) -> str:
    """Join names for a sentence."""
    return ", ".join(parts) or "none"
