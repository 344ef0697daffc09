"""CloudTrail's event history: 90 days of management events, region by region.

Nobody can switch it off or take events out of it. Calls with a key that does not work are not in it,
and what happened within the last minutes may not be there yet.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from rekey.providers.aws.client import Aws

_PAGES: Final = 20
"""Of 50 events each, for one question."""

_HOMES: Final = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_HOME: Final = "us-east-1"


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        service: such as ``iam``.
        key: access key with which it was called; empty where there was none.
        principal: who called: the ARN of a user, of the role behind a session, or of the provider
            of an identity token; empty where AWS does not say.
        subject: of an identity token.
        invoked_by: the service that called, where one did.
        source, agent: where it came from, and with which program.
        about: ids, names and ARNs of what it was about, the first one first.
        minted: id of the key that it issued.
        session: ``aws:userid`` of the role session that it opened: id of the role, name of the session.
        error: AWS's code, where it failed.
    """

    id: str
    time: datetime
    service: str
    name: str
    key: str
    principal: str
    subject: str
    invoked_by: str
    source: str
    agent: str
    reads: bool
    about: tuple[str, ...]
    minted: str
    session: str
    error: str

    @property
    def caller(self) -> str:
        """Where it came from."""
        return f"{self.source} {self.agent}".strip()


@dataclass(frozen=True)
class History:
    """What was found, the newest first, and whether there is more than was read."""

    events: tuple[Event, ...]
    more: bool = False

    @classmethod
    def joined(cls, parts: Iterable["History"]) -> "History":
        """Join several; what two regions tell of one event is told once."""
        all_parts = list(parts)
        by_id = {one.id: one for one in chain.from_iterable(part.events for part in all_parts)}
        newest = sorted(by_id.values(), key=lambda one: one.time, reverse=True)
        return cls(tuple(newest), any(part.more for part in all_parts))


def home_region(partition: str) -> str:
    """Give the region in which a partition logs IAM, and calls of STS's global endpoint."""
    return _HOMES.get(partition, _HOME)


def events(
    aws: Aws, attribute: str, value: str, since: datetime, until: datetime | None = None
) -> History:
    """Look events up by one attribute, in the region of ``aws``.

    Args:
        aws: whose region is asked.
        attribute: as LookupEvents names it: ``AccessKeyId``, ``ResourceName``, ``EventName``.
        value: of it.
        since: the earliest event.
        until: the latest one.
    """
    found: list[Event] = []
    given: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
        "StartTime": since,
    } | ({"EndTime": until} if until else {})
    for _ in range(_PAGES):
        page = aws.read("cloudtrail", "lookup_events", **given)
        found += _read(page.get("Events", ()))
        if not (token := page.get("NextToken")):
            return History(tuple(found))
        given["NextToken"] = token
    return History(tuple(found), more=True)


def everywhere(
    aws: Aws, regions: Sequence[str], attribute: str, value: str, since: datetime,
    until: datetime | None = None,
) -> History:  # fmt: skip
    """Look events up in several regions."""
    return History.joined(
        events(aws.at(region), attribute, value, since, until) for region in regions
    )


def _read(page: Any) -> Iterator[Event]:
    for one in page:
        record = json.loads(one.get("CloudTrailEvent") or "{}")
        identity = record.get("userIdentity") or {}
        yield Event(
            id=str(one.get("EventId")), time=one["EventTime"], name=str(one.get("EventName")),
            service=str(one.get("EventSource") or "").partition(".")[0],
            key=str(identity.get("accessKeyId") or one.get("AccessKeyId") or ""),
            principal=_principal(identity), subject=_subject(identity),
            invoked_by=str(identity.get("invokedBy") or ""),
            source=str(record.get("sourceIPAddress") or ""),
            agent=str(record.get("userAgent") or ""),
            reads=str(one.get("ReadOnly")).lower() == "true",
            about=_about(one, record), minted=_minted(record.get("responseElements")),
            session=_session(record.get("responseElements")),
            error=str(record.get("errorCode") or ""),
        )  # fmt: skip


_NAMES: Final = (
    "userName", "roleName", "groupName", "policyName", "policyArn", "roleArn", "accessKeyId",
    "openIDConnectProviderArn", "sAMLProviderArn", "principalArn", "functionName", "clusterName",
    "instanceId", "secretId", "bucketName",
)  # fmt: skip
"""Members of requests and answers that say what a call is about."""


def _about(event: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, ...]:
    """Give what an event is about; not every service fills the list of resources."""
    asked, answered = (record.get(name) or {} for name in ("requestParameters", "responseElements"))
    found = [str(asked[name]) for name in _NAMES if asked.get(name)]
    found += [str(answered[name]) for name in _NAMES if answered.get(name)]
    found += [str(one.get("ResourceName")) for one in event.get("Resources") or ()]
    return tuple(dict.fromkeys(found))


def _principal(identity: Mapping[str, Any]) -> str:
    """Name who called; of a session, whose it is.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return str(issuer.get("arn") or identity.get("arn") or identity.get("identityProvider") or "")


def _subject(identity: Mapping[str, Any]) -> str:
    named = identity.get("type") in ("WebIdentityUser", "SAMLUser")
    return str(identity.get("userName") or "") if named else ""


def _minted(answer: Any) -> str:
    made = (answer or {}).get("credentials") or (answer or {}).get("accessKey") or {}
    return str(made.get("accessKeyId") or "")


def _session(answer: Any) -> str:
    """Give the id of the session that was opened.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumedRoleUser.html
    """
    return str(((answer or {}).get("assumedRoleUser") or {}).get("assumedRoleId") or "")
