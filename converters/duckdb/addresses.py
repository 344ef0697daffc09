"""Addresses as texts that sort like the numbers, so that a network is a range of texts.

Version, then digits of equal number: ``4192000002001`` for 192.0.2.1, and ``6`` with 32 hexadecimal
digits for IPv6. (DuckDB's ``inet`` extension cannot be downloaded everywhere.)
"""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

_V4: Final = r"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V6_WHOLE: Final = "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
_V6_SHORT: Final = "([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?"
MACRO: Final = rf"""
CREATE MACRO rekey_v6(address) AS CASE
    WHEN regexp_full_match(address, '{_V6_WHOLE}')
      OR regexp_full_match(address, '{_V6_SHORT}')
         AND len(regexp_extract_all(address, '[0-9a-f]+')) < 8
    THEN '6' || array_to_string(list_transform(
        string_split(replace(address, '::',
            ':' || repeat('0:', 9 - len(string_split(address, ':')))), ':'),
        lambda hextet: lpad(hextet, 4, '0')), '') END;
CREATE MACRO rekey_ip(address) AS CASE
    WHEN regexp_full_match(address, '(?i)(::ffff:)?{_V4}')
    THEN '4' || array_to_string(list_transform(
        string_split(regexp_extract(address, '[^:]*$'), '.'),
        lambda octet: lpad(octet, 3, '0')), '')
    WHEN contains(address, ':') THEN rekey_v6(lower(address)) END;
"""
"""The macro ``rekey_ip(address)``. ``::ffff:192.0.2.1`` is IPv4; what is no address is null."""


def sortable(address: IPv4Address | IPv6Address) -> str:
    """Write an address as the macro does."""
    if isinstance(address, IPv4Address):
        return "4" + "".join(f"{octet:03}" for octet in address.packed)
    return "6" + address.packed.hex()
