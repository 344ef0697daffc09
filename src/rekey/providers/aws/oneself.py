"""Who we are ourselves, and on whom our session rests."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError

from rekey.containment.errors import ProviderError, Refused, SelfUnknown
from rekey.providers.aws.client import Aws
from rekey.providers.aws.openers import openers
from rekey.providers.aws.principals import Arn, role

_LONG_TERM: Final = "AKIA"
_SHIELD: Final = (
    "Name whoever opens rekey's sessions: options.session_sources. Without it CloudTrail must tell, "
    "which takes up to a quarter of an hour after the session was opened."
)


@dataclass(frozen=True)
class Oneself:
    """Who acts: account, ARN, and every name of it and of those whose session it is.

    Attributes:
        complete: whether it is known on whom a session rests, down to a key or a login.
        time: AWS's clock.
    """

    account: str
    arn: str
    names: frozenset[str]
    complete: bool
    time: datetime | None


def oneself(aws: Aws, sources: Sequence[str] = ()) -> Oneself:
    """Ask STS who we are, and find out on whom that rests.

    Args:
        aws: as whom we come.
        sources: whoever opens our sessions, as the site says.

    Raises:
        SelfUnknown: AWS does not say who we are.
    """
    try:
        found = aws.read("sts", "get_caller_identity")
        names = _names(aws, found) | set(sources)
        behind = _profiles(aws)
        for source in behind:
            names |= _names(source, source.read("sts", "get_caller_identity"))
    except (ProviderError, BotoCoreError) as error:
        raise SelfUnknown(f"AWS does not say who we are: {error}") from error
    last = behind[-1] if behind else aws
    told = _told(last) if not sources else set()
    return Oneself(
        str(found["Account"]), _principal(str(found["Arn"])),
        frozenset((names | (told or set())) - {""}), told is not None, _time(found),
    )  # fmt: skip


def known(aws: Aws, sources: Sequence[str]) -> Oneself:
    """Give who we are; deny where it is not known on whom our session rests.

    Raises:
        SelfUnknown: as :func:`oneself`, or the session may rest on what is to be contained.
    """
    found = oneself(aws, sources)
    if not found.complete:
        raise SelfUnknown(
            f"rekey runs in a session of {found.arn}, and nobody says who opened it: that "
            "credential could be the one to contain",
            hint=_SHIELD,
        )
    return found


def _told(aws: Aws) -> set[str] | None:
    """Give who opened the session, and on whom that one rests; ``None`` if CloudTrail does not say."""
    key = aws.key_id or ""
    if not key or key.startswith(_LONG_TERM) or key.isdigit():
        return set()
    try:
        return openers(aws, key)
    except ProviderError:
        return None


def _names(aws: Aws, found: dict[str, Any]) -> set[str]:
    arn, id = str(found["Arn"]), str(found["UserId"])
    names = {arn, _principal(arn), id, id.partition(":")[0], aws.key_id or ""}
    where = Arn.of(arn)
    if where.kind == "assumed-role":
        with suppress(Refused):
            names.add(str(role(aws, where.name)["Arn"]))  # with its path, which STS leaves out
    return names


def _principal(arn: str) -> str:
    """Give the ARN of the role behind a session; others stand for themselves."""
    where = Arn.of(arn)
    if where.kind != "assumed-role":
        return arn
    partition = arn.split(":")[1]
    return f"arn:{partition}:iam::{where.account}:role/{where.name}"


def _time(found: dict[str, Any]) -> datetime | None:
    headers = (found.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    date = headers.get("date")
    return parsedate_to_datetime(date).astimezone(UTC) if date else None


def _profiles(aws: Aws) -> list[Aws]:
    """Give what the session's profile rests on (``source_profile``), nearest first."""
    return [aws.with_profile(name) for name in _sources(aws.session)]


def _sources(session: boto3.Session) -> list[str]:
    held = session.get_credentials()
    if held is None or held.method != "assume-role":
        return []
    profiles = botocore.session.Session().full_config.get("profiles", {})
    found: list[str] = []
    own = profiles.get(session.profile_name, {})
    while (source := own.get("source_profile")) and source not in found:
        found.append(source)
        own = profiles.get(source, {})
        if source == session.profile_name:
            break
    return found
