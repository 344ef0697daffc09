"""The site's table of networks by autonomous system: CSV lines of ``cidr,asn``."""

import csv
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

from rekey.errors import Place, RekeyError


class AsnTable:
    """Finds the most specific range around an address, in tables of a million ranges as well.

    Args:
        ranges: with the label of their autonomous system; of equal ones the first counts.
    """

    def __init__(self, ranges: list[tuple[IPv4Network | IPv6Network, str]]) -> None:
        self._labels: dict[tuple[int, int], dict[int, str]] = {}
        for network, label in ranges:
            alike = self._labels.setdefault((network.version, network.prefixlen), {})
            alike.setdefault(int(network.network_address), label)
        self._lengths = sorted(self._labels, reverse=True)

    def label(self, address: IPv4Address | IPv6Address) -> str | None:
        """Give the label of the range; ``None`` if the table has none."""
        number = int(address)
        for version, length in self._lengths:
            if version == address.version:
                rest = address.max_prefixlen - length
                found = self._labels[version, length].get(number >> rest << rest)
                if found is not None:
                    return found
        return None


def read_asn_csv(path: Path) -> list[tuple[IPv4Network | IPv6Network, str]]:
    """Read ranges with the label of their autonomous system, in the order of the file.

    A first line ``cidr,asn`` is a heading; further columns are left alone.

    Raises:
        RekeyError: unreadable, or a line without a range and a label.
    """
    ranges: list[tuple[IPv4Network | IPv6Network, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in enumerate(csv.reader(file), start=1):
                if row and not (line == 1 and row[0].strip().lower() == "cidr"):
                    ranges.append(_range(row, Place(path, line)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RekeyError(f"cannot be read: {error}", place=Place(path)) from error
    return ranges


def _range(row: list[str], place: Place) -> tuple[IPv4Network | IPv6Network, str]:
    try:
        network, label = ip_network(row[0].strip()), row[1].strip()
    except (IndexError, ValueError) as error:
        hint = "A line reads: 203.0.113.0/24,AS64500 Example"
        raise RekeyError("expected a range and a label", place=place, hint=hint) from error
    return network, label
