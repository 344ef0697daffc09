"""``rekey_ip`` reads addresses as the ``ipaddress`` module of Python does."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.converters.duckdb.addresses import sortable
from rekey.site import Site
from rekey.store import Store

ODD = (
    "", ":", "::", ":::", "::1", "1::", "1:2:3:4:5:6:7::", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:7:",
    "12345::", "::g", "1::2::3", "::ffff:192.0.2.1", "::FFFF:192.0.2.1", "::ffff:c000:201",
    "0:0:0:0:0:ffff:192.0.2.1", "64:ff9b::192.0.2.1", "::192.0.2.256", "192.0.2.1::", "192.0.2",
    "192.0.2.1.5", "192.0.2.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "fe80::1%eth0", "fe80::1%",
    "AWS Internal", "s3.amazonaws.com", "192.0.2.1:443", "٣.2.3.4", "2001:DB8::A", "1:2:3:4:5:6:7:8:9",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("store"), {}, Site()) as opened:
        yield opened


def read(store: Store, texts: Sequence[str]) -> list[str | None]:
    rows = store.db.execute(
        "SELECT rekey_ip(t) FROM (SELECT unnest($1::VARCHAR[]) AS t,"
        " generate_subscripts($1::VARCHAR[], 1) AS i) ORDER BY i",
        [list(texts)],
    ).fetchall()
    return [found for (found,) in rows]


def expected(text: str) -> str | None:
    """What Python reads, but for forms that no log holds: zones, and IPv4 at the end of IPv6."""
    if text.lower().startswith("::ffff:") and "." in text:
        text = text[len("::ffff:") :]
    if "%" in text or (":" in text and "." in text):
        return None
    try:
        return sortable(ip_address(text))
    except ValueError:
        return None


def test_odd_texts(store: Store) -> None:
    assert dict(zip(ODD, read(store, ODD), strict=True)) == {text: expected(text) for text in ODD}


v4 = st.ip_addresses(v=4).map(str)
v6 = st.ip_addresses(v=6)
_written = st.one_of(
    v4,
    v6.map(str),
    v6.map(lambda address: address.exploded),
    v6.map(lambda address: address.exploded.upper()),
    v4.map("::ffff:{}".format),
    v4.map("2001:db8::{}".format),
    st.lists(st.sampled_from(("0", "1", "db8", "ffff", "")), min_size=2, max_size=9).map(":".join),
    st.lists(st.integers(0, 300).map(str), min_size=3, max_size=5).map(".".join),
    st.text("0123456789abcf:.%", max_size=24),
)


@settings(max_examples=25)
@given(st.lists(_written, min_size=40, max_size=200))
def test_random_texts(store: Store, texts: list[str]) -> None:
    found = read(store, texts)
    assert found == [expected(text) for text in texts]


@settings(max_examples=50)
@given(st.lists(st.ip_addresses(), min_size=2, max_size=40))
def test_texts_sort_as_addresses_do(addresses: list[IPv4Address | IPv6Address]) -> None:
    by_text = sorted(addresses, key=sortable)
    assert by_text == sorted(addresses, key=lambda address: (address.version, int(address)))
