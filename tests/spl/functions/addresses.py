"""Addresses.

``cidrmatch(block, address)``, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/ConditionalFunctions:
for IPv4 and IPv6.
"""

from ipaddress import ip_address, ip_network
from typing import Final

from tests.spl.functions.function import Function, of_test
from tests.spl.refusal import Refused
from tests.spl.values import Scalar, text


def _cidrmatch(block: Scalar, address: Scalar) -> bool:
    try:
        network = ip_network(text(block), strict=False)
    except ValueError as error:
        raise Refused(f"cidrmatch() with {block!r}") from error
    try:
        return ip_address(text(address)) in network
    except ValueError:
        return False


ADDRESSES: Final[dict[str, Function]] = {"cidrmatch": of_test("cidrmatch", _cidrmatch)}
