"""What the site file knows about networks and identities, as macros that an analyst can read.

`rekey_origin` looks at ``rekey_origin_ip`` and says how far away it is and to which network it belongs;
`rekey_egress` says whether the site expects the actor there; `rekey_site_actor_kind` is the site's word
on what an actor is. Without a site file they hold the built-in ranges alone.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from rekey.converters.splunk.quoting import pattern
from rekey.origins import INTERNAL
from rekey.site import Network, Site

ASN_LOOKUP: Final = "rekey_asn"
KUBERNETES_CONTEXT: Final = "rekey_kubernetes_audit_context"
"""Macro with the name of the cluster that an event comes from, which the record does not say: a site
that has several clusters in an index names the field that tells them apart."""
_ADDRESS: Final = "rekey_origin_address"
_NORMAL: Final = (
    r'replace(replace(lower(trim(rekey_origin_ip)), "[\[\]]|%.*", ""), "^::ffff:(\d+\.)", "\1")'
)
"""Without brackets and zone; IPv4 inside IPv6 is IPv4."""
_IS_ADDRESS: Final = rf'match({_ADDRESS}, "^(\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:.]*)$")'


def site_macros(site: Site) -> dict[str, str]:
    """Give name → definition."""
    return {
        "rekey_builtin_scope": _builtin_scope(),
        "rekey_origin": _origin(site),
        "rekey_egress": f"eval {_ADDRESS}={_NORMAL}, rekey_origin_expected={_expected(site)}",
        "rekey_site_actor_kind": _actor_kind(site),
        KUBERNETES_CONTEXT: "null()",
    }


def _builtin_scope() -> str:
    """RFC 1918, carrier-grade NAT, loopback, link-local and unique local addresses are internal."""
    inside = " OR ".join(_within(network) for network in INTERNAL)
    return f'if({inside}, "internal", "external")'


def _within(network: IPv4Network | IPv6Network) -> str:
    return f'cidrmatch("{network}", {_ADDRESS})'


def _origin(site: Site) -> str:
    """Normalise the address, look it up, and describe it."""
    commands = [f"eval {_ADDRESS}={_NORMAL}"]
    asn = "null()"
    if site.asn_csv is not None:
        commands.append(f"lookup {ASN_LOOKUP} cidr AS {_ADDRESS} OUTPUT asn AS rekey_origin_asn")
        asn = 'nullif(rekey_origin_asn, "")'
    label = f"coalesce({asn}, {_prefix()})"
    networks = _most_specific_first(site)
    scopes = [(n, f'"{n.scope}"' if n.scope else "`rekey_builtin_scope`") for n in networks]
    labels = [(n, f'"{_plain(n.asn)}"' if n.asn else label) for n in networks]
    commands.append(
        f"eval rekey_origin_scope={_cases(scopes, '`rekey_builtin_scope`', _service())},"
        f" rekey_origin_network={_cases(labels, label, 'null()')}"
    )
    return " | ".join(commands)


def _service() -> str:
    """A service's name in place of an address is the provider acting by itself."""
    named = r'match(rekey_origin_ip, "\.amazonaws\.com(\.cn)?$") OR rekey_origin_ip="AWS Internal"'
    return f'if({named}, "provider", null())'


def _cases(rows: Iterable[tuple[Network, str]], otherwise: str, no_address: str) -> str:
    tests = "".join(f" {_within(network.cidr)}, {value}," for network, value in rows)
    return f"if({_IS_ADDRESS}, case({tests.lstrip()} true(), {otherwise}), {no_address})"


def _prefix() -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 address, whose :: is written out first."""
    colons = f'len({_ADDRESS})-len(replace({_ADDRESS}, ":", ""))'
    zeros = f'":" . substr("0:0:0:0:0:0:0:0:", 1, 2*(8-({colons})))'
    whole = f'replace(replace({_ADDRESS}, "::", {zeros}), "^:", "0:")'
    six = rf'replace({whole}, "^0*([0-9a-f]+):0*([0-9a-f]+):0*([0-9a-f]+):.*$", "\1:\2:\3::/48")'
    four = rf'replace({_ADDRESS}, "^(\d+\.\d+\.\d+)\.\d+$", "\1.0/24")'
    return f'if(match({_ADDRESS}, ":"), {six}, {four})'


def _most_specific_first(site: Site) -> list[Network]:
    return sorted(site.networks, key=lambda network: network.cidr.prefixlen, reverse=True)


def _expected(site: Site) -> str:
    """Say for each actor with declared egress whether it comes from there."""
    rows = [(glob, network) for network in site.networks for glob in network.egress]
    if not rows:
        return "null()"
    declared = " OR ".join(dict.fromkeys(_is_actor(glob) for glob, _ in rows))
    inside = " OR ".join(f"({_is_actor(glob)} AND {_within(n.cidr)})" for glob, n in rows)
    no_address = f"isnull(rekey_origin_ip) OR NOT {_IS_ADDRESS}"
    return f'case({no_address}, null(), {declared}, if({inside}, "true", "false"), true(), null())'


def _is_actor(glob: str) -> str:
    """Match an actor's id with a glob of the site file."""
    parts = {"*": ".*", "?": "."}
    body = "".join(parts.get(letter) or pattern(letter) for letter in glob)
    return rf'match(coalesce(rekey_actor_id, ""), "(?is)^{body}$(?!\n)")'


def _actor_kind(site: Site) -> str:
    """The first entry of the site file that fits an actor counts, if only to say nothing."""
    if not any(identity.kind for identity in site.identities):
        return "null()"
    rows = "".join(
        f' {_is_actor(identity.match)}, "{identity.kind or ""}",' for identity in site.identities
    )
    return f'nullif(case({rows.lstrip()} true(), ""), "")'


def _plain(label: str) -> str:
    """A label names a network to people: what would need quoting is left out."""
    return "".join(letter for letter in label if letter.isalnum() or letter in " ._:/@+-")
