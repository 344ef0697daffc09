"""What an address says: its network, and whether it is inside, outside or the provider's own."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from rekey.site import Network, Site
from rekey.site.asn import AsnTable, read_asn_csv
from rekey.site.model import glob

INTERNAL: Final = tuple(
    ip_network(cidr)
    for cidr in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""RFC 1918, carrier-grade NAT, loopback, link-local and unique local addresses. Documentation
ranges count as external, so that examples behave like the internet."""

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True)
class OriginFacts:
    """Facts on one address."""

    network: str | None
    scope: str | None


class Origins:
    """Looks addresses up in the site's networks and ASN table, then in the built-in ranges."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @cached_property
    def _networks(self) -> list[Network]:
        """Most specific first."""
        return sorted(self._site.networks, key=lambda n: n.cidr.prefixlen, reverse=True)

    @cached_property
    def _asns(self) -> AsnTable:
        path = self._site.asn_csv
        return AsnTable(read_asn_csv(path) if path else [])

    def facts(self, text: str) -> OriginFacts:
        """Describe an address; a service name in its place is the provider acting by itself."""
        address = parse(text)
        if address is None:
            return OriginFacts(None, "provider" if _is_service(text) else None)
        known = self._site_network(address)
        label = known.asn if known and known.asn else self._asns.label(address)
        scope = known.scope if known and known.scope else _scope(address)
        return OriginFacts(label or _prefix(address), scope)

    def _site_network(self, address: IPAddress) -> Network | None:
        return next((n for n in self._networks if address in n.cidr), None)


class Egress:
    """What the site declares about where actors come from; remembers its answers."""

    def __init__(self, site: Site) -> None:
        self._rules = [(glob(g), n) for n in site.networks for g in n.egress]
        self._known: dict[str, tuple[Network, ...]] = {}

    def expected(self, actor: str, text: str) -> bool | None:
        """Say whether an actor may come from an address; ``None`` if the site declares nothing."""
        declared, address = self._declared(actor), parse(text)
        if not declared or address is None:
            return None
        return any(address in n.cidr for n in declared if n.cidr.version == address.version)

    def _declared(self, actor: str) -> tuple[Network, ...]:
        if actor not in self._known:
            self._known[actor] = tuple(n for g, n in self._rules if g.fullmatch(actor))
        return self._known[actor]

    def __bool__(self) -> bool:
        """Say whether the site declares any egress at all."""
        return bool(self._rules)


def parse(text: str) -> IPAddress | None:
    """Read an address; IPv4 inside IPv6 is IPv4, zone ids and brackets are dropped."""
    try:
        address = ip_address(text.strip().strip("[]").split("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(text: str | None) -> str | None:
    """Give the /24 or /48 of an address, without asking the site."""
    address = parse(text) if text else None
    return _prefix(address) if address else None


def _is_service(text: str) -> bool:
    return text.endswith((".amazonaws.com", ".amazonaws.com.cn")) or text == "AWS Internal"


def _scope(address: IPAddress) -> str:
    inside = any(address in n for n in INTERNAL if n.version == address.version)
    return "internal" if inside else "external"


def _prefix(address: IPAddress) -> str:
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
