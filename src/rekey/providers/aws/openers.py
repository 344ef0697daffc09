"""Who opened a session, as CloudTrail tells it: AWS itself never says.

The event that issued a key names it among its resources, with whoever called.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from rekey.providers.aws.client import Aws
from rekey.providers.aws.cut_policy import LONGEST
from rekey.providers.aws.trail import Event, everywhere, home_region

_DEEPEST: Final = 8
"""Sessions that were opened from sessions."""

_SESSION: Final = "ASIA"


def mint_of(aws: Aws, key: str, regions: Iterable[str] = ()) -> Event | None:
    """Give the event that issued the key of a session; ``None`` if it is not (yet) known.

    Args:
        aws: the account.
        key: id of the session's key.
        regions: where to ask besides the region of ``aws`` and IAM's own.

    Raises:
        ProviderError: CloudTrail cannot be asked.
    """
    asked = dict.fromkeys([aws.region, home_region(aws.partition), *regions])
    since = datetime.now(UTC) - LONGEST
    found = everywhere(aws, list(asked), "ResourceName", key, since)
    return next((one for one in found.events if one.minted == key), None)


def openers(aws: Aws, key: str) -> set[str] | None:
    """Give every name of whoever opened a session, and of those on whom that one rests.

    Returns:
        ``None`` if the chain cannot be followed to its begin.

    Raises:
        ProviderError: CloudTrail cannot be asked.
    """
    names: set[str] = set()
    for _ in range(_DEEPEST):
        event = mint_of(aws, key)
        if event is None:
            return None
        names |= {event.key, event.principal, event.subject, event.invoked_by} - {""}
        if not event.key.startswith(_SESSION):
            return names
        key = event.key
    return None
