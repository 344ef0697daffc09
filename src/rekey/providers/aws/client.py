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
from botocore.parsers import ResponseParserError

from rekey import __version__
from rekey.containment.errors import Denied, ProviderError, Refused, Throttled, Unclear, Unreachable
from rekey.errors import RekeyError
from rekey.providers.answer import Answer
from rekey.providers.aws.credential import Credential

_AGENT: Final = f"rekey/{__version__}"

# One attempt: the engine decides about a second one, because it journals both.
_CALLS: Final = Config(
    connect_timeout=10, read_timeout=20, retries={"total_max_attempts": 1, "mode": "standard"}
)
_LOOK_UPS: Final = _CALLS.merge(Config(retries={"total_max_attempts": 10, "mode": "adaptive"}))
"""CloudTrail answers two look-ups a second, and a survey asks some dozens: the SDK keeps to the
rate. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_THROTTLED: Final = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException",
     "ConcurrentModification", "ConcurrentModificationException"}
)  # fmt: skip
LOST: Final = (BotoCoreError, ResponseParserError, KeyError)
"""What the SDK raises where there is no answer, or none that it can read: the last where an answer
lacks the element in which the result should stand."""

_MISSING: Final = frozenset({
    "NoSuchEntity", "ResourceNotFoundException", "PolicyNotFoundException",
    "PolicyNotAttachedException",
})  # fmt: skip


class Missing(Refused):
    """What was asked for is not there."""


class NotOfAws(BotoCoreError):
    """Something else answered: a portal, a gateway. The SDK would read it as empty lists."""

    fmt = "the answer carries no request id, and so is none of AWS's"


class Aws:
    """One account, as one principal.

    Args:
        session: boto3's, with credentials and region.
        endpoint_url: of a server that stands in for AWS.
        agent: what stands in the user agent of its calls besides the SDK's own.
        region: where it asks; else where the session does.
    """

    def __init__(
        self, session: boto3.Session, endpoint_url: str | None = None, *,
        agent: str = _AGENT, region: str | None = None,
    ) -> None:  # fmt: skip
        self._session, self._endpoint_url, self._agent = session, endpoint_url, agent
        self.region = str(region or session.region_name)
        self._clients: dict[str, Any] = {}
        self._elsewhere: dict[str, Aws] = {self.region: self}

    @property
    def partition(self) -> str:
        """``aws``, or that of China or of the government's regions."""
        return str(self._session.get_partition_for_region(self.region))

    def offers(self, service: str) -> bool:
        """Say whether the region has a service."""
        return self.region in self._session.get_available_regions(service, self.partition)

    def at(self, region: str) -> "Aws":
        """Give the same account, seen from another region."""
        if region not in self._elsewhere:
            self._elsewhere[region] = Aws(
                self._session, self._endpoint_url, agent=self._agent, region=region
            )
        return self._elsewhere[region]

    def marked(self, marker: str) -> "Aws":
        """Give the same account; CloudTrail shows the marker in the user agent of its calls."""
        agent = f"{_AGENT} {marker}"
        return Aws(self._session, self._endpoint_url, agent=agent, region=self.region)

    @property
    def session(self) -> boto3.Session:
        """The session behind it."""
        return self._session

    def with_profile(self, profile: str) -> "Aws":
        """Give the same region, seen with another profile."""
        session = boto3.Session(profile_name=profile, region_name=self.region)
        return Aws(session, self._endpoint_url)

    @property
    def key_id(self) -> str | None:
        """Id of the access key in use."""
        held = self._session.get_credentials()
        return held.access_key if held else None

    def client(self, service: str) -> Any:
        """Give the client of a service."""
        if service not in self._clients:
            config = _LOOK_UPS if service == "cloudtrail" else _CALLS
            made = self._session.client(  # type: ignore[call-overload]
                service, region_name=self.region, endpoint_url=self._endpoint_url,
                config=config.merge(Config(user_agent_extra=self._agent)),
            )  # fmt: skip
            made.meta.events.register("after-call", _see_its_id)
            self._clients[service] = made
        return self._clients[service]

    def read(self, service: str, operation: str, **given: Any) -> Answer:
        """Make a call that changes nothing.

        Raises:
            ProviderError: as :func:`translated`.
        """
        return self._call(service, operation, given, changing=False)

    def change(self, service: str, operation: str, **given: Any) -> Answer:
        """Make a call that changes something.

        Raises:
            ProviderError: as :func:`translated`.
        """
        return self._call(service, operation, given, changing=True)

    def _call(
        self, service: str, operation: str, given: dict[str, Any], *, changing: bool
    ) -> Answer:
        client = self.client(service)
        permission = f"{service}:{client.meta.method_to_api_mapping[operation]}"
        with translated(permission, changing=changing):
            found = getattr(client, operation)(**given)
        return Answer(found, permission, Unclear if changing else Unreachable)

    def listed(self, service: str, operation: str, field: str, **given: Any) -> list[Any]:
        """List all pages of something.

        Raises:
            ProviderError: as :func:`translated`.
        """
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(self.read(service, operation, **given).get(field) or ())
        permission = f"{service}:{client.meta.method_to_api_mapping[operation]}"
        with translated(permission, changing=False):
            pages = client.get_paginator(operation).paginate(**given)
            return [one for page in pages for one in page.get(field) or ()]

    def presented(self, credential: Credential, region: str | None = None) -> "Aws":
        """Give the same region, or another, seen with another credential."""
        session = boto3.Session(
            aws_access_key_id=credential.key_id,
            aws_secret_access_key=credential.secret.reveal(),
            aws_session_token=credential.token.reveal() if credential.token else None,
            region_name=region or self.region,
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
    except LOST as error:
        raise lost(f"no answer to {permission}: {type(error).__name__}") from error


def _see_its_id(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """See that AWS itself says that something is done: it names every request.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResponseMetadata.html
    """
    done = http_response.status_code < 300  # an error has its code
    if done and not parsed.get("ResponseMetadata", {}).get("RequestId"):
        raise NotOfAws()


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
