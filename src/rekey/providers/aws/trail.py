"""CloudTrail's event history: 90 days of management events, of the region that is asked.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rekey.providers.aws.client import Aws

_PAGES: Final = 4
"""CloudTrail answers two look-ups a second, of 50 events each."""


@dataclass(frozen=True)
class Event:
    """One event."""

    time: datetime
    name: str
    key: str
    source: str
    agent: str
    reads: bool

    @property
    def caller(self) -> str:
        """Where it came from."""
        return f"{self.source} {self.agent}".strip()


def events(aws: Aws, attribute: str, value: str, since: datetime) -> tuple[list[Event], bool]:
    """Look events up by one attribute, the newest first.

    Args:
        aws: where.
        attribute: as LookupEvents names it: ``AccessKeyId``, ``ResourceName``.
        value: of it.
        since: the earliest event.

    Returns:
        The events, and whether there are more than were read.
    """
    found: list[Event] = []
    given: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
        "StartTime": since,
    }
    for _ in range(_PAGES):
        page = aws.read("cloudtrail", "lookup_events", **given)
        found += _read(page.get("Events", ()))
        if not (token := page.get("NextToken")):
            return found, False
        given["NextToken"] = token
    return found, True


def _read(page: Any) -> Iterator[Event]:
    for one in page:
        record = json.loads(one.get("CloudTrailEvent") or "{}")
        identity = record.get("userIdentity") or {}
        yield Event(
            one["EventTime"], str(one.get("EventName")),
            str(identity.get("accessKeyId") or one.get("AccessKeyId") or ""),
            str(record.get("sourceIPAddress") or ""), str(record.get("userAgent") or ""),
            str(one.get("ReadOnly")).lower() == "true",
        )  # fmt: skip
