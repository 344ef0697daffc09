"""Principals of an account: users and roles behind ARNs, and who we are ourselves."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError

from rekey.containment.errors import ProviderError, Refused, SelfUnknown
from rekey.containment.interface import Call
from rekey.providers.aws.client import Aws


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN that matter here."""

    text: str
    account: str
    kind: str
    name: str

    @classmethod
    def of(cls, text: str) -> "Arn":
        """Take an ARN apart; of a role session the name is that of the role.

        Raises:
            Refused: it is none.
        """
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise Refused(f"{text} is no ARN")
        kind, _, rest = parts[5].partition("/")
        name = rest.split("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
        return cls(text, parts[4], kind, name)


def user_of_key(aws: Aws, key: str) -> str:
    """Give the name of the user who owns a long-term key.

    Raises:
        Missing: there is no such key. Refused: it is root's.
    """
    found = aws.read("iam", "get_access_key_last_used", AccessKeyId=key)
    if not found.get("UserName"):
        raise Refused(f"AWS names no user for {key}: it is the root user's, or of another account")
    return str(found["UserName"])


def user(aws: Aws, name: str) -> dict[str, Any]:
    """Read a user."""
    return dict(aws.read("iam", "get_user", UserName=name)["User"])


def role(aws: Aws, name: str) -> dict[str, Any]:
    """Read a role, with its trust policy."""
    return dict(aws.read("iam", "get_role", RoleName=name)["Role"])


def fact(call: Call, name: str) -> str:
    """Give a fact of the target that its actions cannot do without.

    Raises:
        Refused: the target lacks it. A call without a user name would act on ourselves.
    """
    value = call.target.facts.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{call.target.id}: the plan does not say which {name} it is of")
    return value


@dataclass(frozen=True)
class Oneself:
    """Who acts: account, ARN, and every name of it and of those whose session it is."""

    account: str
    arn: str
    names: frozenset[str]


def oneself(aws: Aws) -> Oneself:
    """Ask STS who we are, and follow ``source_profile`` to who that rests on.

    What else a session rests on (an instance's role, a provider of identities) AWS does not tell;
    ``depends_on`` in the settings file names it.

    Raises:
        SelfUnknown: AWS does not say.
    """
    try:
        found = aws.read("sts", "get_caller_identity")
        names = _names(aws, found)
        for profile in _sources(aws.session):
            source = aws.with_profile(profile)
            names |= _names(source, source.read("sts", "get_caller_identity"))
    except (ProviderError, BotoCoreError) as error:
        raise SelfUnknown(f"AWS does not say who we are: {error}") from error
    return Oneself(str(found["Account"]), _principal(str(found["Arn"])), frozenset(names - {""}))


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


def _sources(session: boto3.Session) -> list[str]:
    """Give the profiles on which the session's profile rests, nearest first."""
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
