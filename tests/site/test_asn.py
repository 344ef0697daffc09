"""The table of autonomous systems: the most specific range counts, as in a router."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekey.errors import RekeyError
from rekey.origins import Origins
from rekey.site import Site
from rekey.site.asn import AsnTable, read_asn_csv

V4 = st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 255).map(
    lambda low: IPv4Address(0x0A000000 + low)
)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
RANGES = st.lists(
    st.tuples(V4, st.integers(0, 32)) | st.tuples(V6, st.integers(0, 128)), max_size=40
).map(lambda pairs: [ip_network(f"{address}/{length}", strict=False) for address, length in pairs])


@given(RANGES, V4 | V6)
def test_it_finds_what_looking_at_every_range_would(
    ranges: list[IPv4Network | IPv6Network], address: IPv4Address
) -> None:
    labelled = [(network, f"AS{place}") for place, network in enumerate(ranges)]
    around = [one for one in labelled if address in one[0]]
    best = max(around, key=lambda one: one[0].prefixlen, default=(None, None))
    assert AsnTable(labelled).label(address) == best[1]


def test_a_file_names_the_networks_of_addresses(tmp_path: Path) -> None:
    file = tmp_path / "asn.csv"
    file.write_text(
        "cidr,asn,country\n203.0.0.0/8,AS64500 Example,SE\n203.0.113.0/24, AS64501 Nested\n"
        "2001:db8::/32,AS64502 Six\n"
    )
    origins = Origins(Site(asn_csv=file))
    assert origins.facts("203.0.113.9").network == "AS64501 Nested"
    assert origins.facts("203.9.1.1").network == "AS64500 Example"
    assert origins.facts("2001:db8::1").network == "AS64502 Six"
    assert origins.facts("198.51.100.7").network == "198.51.100.0/24"


@pytest.mark.parametrize("row", ["203.0.113.0/24", "203.0.113.7/24,AS1", "nowhere,AS1"])
def test_a_bad_row_is_named_by_its_line(row: str, tmp_path: Path) -> None:
    file = tmp_path / "asn.csv"
    file.write_text(f"198.51.100.0/24,AS64500\n{row}\n")
    with pytest.raises(RekeyError) as raised:
        read_asn_csv(file)
    assert raised.value.place is not None and raised.value.place.line == 2
