"""From where a case's acts came: networks by name, each with an address that can be blocked."""

from collections.abc import Iterable
from ipaddress import ip_network

from rekey.alert import OriginRef
from rekey.case import Case
from rekey.report.reach import unalerted


def networks(case: Case) -> tuple[str, ...]:
    """Name the networks, or else addresses, from which alerted acts came, the most frequent first."""
    return _places(origin for alert in case.alerts for origin in alert.origins)


def elsewhere(case: Case) -> tuple[str, ...]:
    """Name further networks from which credentials of a case were used since it began."""
    known = {_place(origin) for alert in case.alerts for origin in alert.origins}
    origins = (step.origin for step in unalerted(case) if not _is_service(step.origin))
    return _places(origin for origin in origins if _place(origin) not in known)


def _places(origins: Iterable[OriginRef]) -> tuple[str, ...]:
    """Name places, each with its first address where its name holds none: that can be blocked."""
    counts: dict[str, int] = {}
    addresses: dict[str, dict[str, None]] = {}
    for origin in origins:
        if place := _place(origin):
            counts[place] = counts.get(place, 0) + 1
            if origin.ip:
                addresses.setdefault(place, {})[origin.ip] = None
    ordered = sorted(counts, key=lambda place: (-counts[place], place))
    return tuple(_with_address(place, [*addresses.get(place, ())]) for place in ordered)


def _place(origin: OriginRef) -> str | None:
    return origin.network or origin.ip


def _is_service(origin: OriginRef) -> bool:
    """Say whether a service of the provider stands where an address would."""
    return origin.network is None and origin.ip is not None and not _is_range(origin.ip)


def _with_address(place: str, addresses: list[str]) -> str:
    if not addresses or place in addresses or _is_range(place):
        return place
    more = f" and {len(addresses) - 1:,} more" if len(addresses) > 1 else ""
    return f"{place} ({addresses[0]}{more})"


def _is_range(place: str) -> bool:
    try:
        ip_network(place)
    except ValueError:
        return False
    return True
