"""The network of an address in ES|QL: the site's label for it, else its /24 (IPv4) or /48 (IPv6)."""

from typing import Final

from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.quoting import literal
from rekey.site import Site
from rekey.site.asn import read_asn_csv

MOST_RANGES: Final = 200
"""A query holds no more of the site's table of autonomous systems."""


def network(address: str, site: Site) -> str:
    """Write the network of an address.

    Raises:
        Unsupported: the site's table of autonomous systems is too long for a query.
    """
    prefix = f"TO_STRING(IP_PREFIX({address}, 24, 48))"
    table = read_asn_csv(site.asn_csv) if site.asn_csv else []
    if len(table) > MOST_RANGES:
        raise Unsupported(
            f"the site's table of autonomous systems holds more than {MOST_RANGES} ranges",
            hint="Name the networks that matter under `networks` of the site file.",
        )
    label = _case([(address, str(cidr), literal(name)) for cidr, name in table], prefix)
    known = sorted(site.networks, key=lambda n: n.cidr.prefixlen, reverse=True)
    named = [(address, str(n.cidr), literal(n.asn) if n.asn else label) for n in known]
    return _case(named, label)


def _case(branches: list[tuple[str, str, str]], default: str) -> str:
    if not branches:
        return default
    listed = ", ".join(f'CIDR_MATCH({ip}, "{cidr}"), {value}' for ip, cidr, value in branches)
    return f"CASE({listed}, {default})"
