"""Addresses, and a stand-in for the database of autonomous systems.

The documentation ranges of fixtures stand in no such database. Here every /24 and /48 outside
private ranges is an autonomous system of its own, from the private numbers of RFC 6996.
"""

import zlib
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

_PRIVATE: Final = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip

_FIRST_PRIVATE_NUMBER: Final = 4_200_000_000
_PRIVATE_NUMBERS: Final = 94_967_294


def address(value: Any) -> IPv4Address | IPv6Address | None:
    """Read an address; ``None`` if the whole value is none."""
    try:
        return ip_address(value)
    except ValueError:
        return None


def autonomous_system(value: Any) -> int | None:
    """Give the made-up number for an address; private ones have none, as in the database."""
    found = address(value)
    if found is None or any(found in network for network in _PRIVATE):
        return None
    prefix = 24 if found.version == 4 else 48
    network = ip_network(f"{found}/{prefix}", strict=False)
    return _FIRST_PRIVATE_NUMBER + zlib.crc32(str(network).encode()) % _PRIVATE_NUMBERS
