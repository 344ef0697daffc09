"""Account numbers and addresses in fixtures that are not from documentation ranges."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any, Final

from rekey.converters.lint.near_miss import leaves

ACCOUNTS: Final = frozenset({"111122223333", "444455556666", "123456789012", "555555555555"})
DOCUMENTED: Final = tuple(
    ip_network(cidr)
    for cidr in (
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32",  # RFC 5737, 3849
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7",  # RFC 1918, 4193
        "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10",
    )
)  # fmt: skip
ARN_ACCOUNT: Final = re.compile(r"arn:aws[\w-]*:[\w-]*:[\w-]*:(\d{12}):")


def real_identifiers(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and value of what may belong to somebody."""
    for path, value in leaves(record):
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                for found in _accounts(path, text):
                    yield path, found
                if _is_real_address(text):
                    yield path, text


def _accounts(path: str, text: str) -> Iterator[str]:
    numbers = ARN_ACCOUNT.findall(text)
    if path.lower().endswith("accountid") and re.fullmatch(r"\d{12}", text):
        numbers.append(text)
    yield from (number for number in numbers if number not in ACCOUNTS)


def _is_real_address(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not any(
        address.version == network.version and address in network for network in DOCUMENTED
    )
