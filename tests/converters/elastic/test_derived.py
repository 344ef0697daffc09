"""Derived fields as conditions say what the embedded engine says of the same address and actor."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from rekey.converters.elastic.condition import (
    NEVER,
    Condition,
    Constant,
    Equals,
    Like,
    Outside,
    Test,
    Within,
    rewrite,
)
from rekey.converters.elastic.condition import (
    tests as parts_of,
)
from rekey.converters.elastic.derived import Derived
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import registry
from rekey.origins import Origins
from rekey.site import Identity, Network, Site

VAULT = registry()["vault_audit"]
ADDRESS = "request.remote_address"

_four = st.ip_addresses(v=4) | st.sampled_from(
    [ip_address(text) for text in ("10.1.2.3", "100.64.0.1", "192.0.2.9", "198.51.100.7")]
)
_six = st.sampled_from([ip_address(t) for t in ("2001:db8::1", "fd00::1", "fe80::9", "::1")])
addresses = st.one_of(_four, _six)
sites = st.lists(
    st.builds(
        Network,
        cidr=st.sampled_from([
            "10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24", "192.0.2.8/31", "198.51.100.0/24",
            "0.0.0.0/0", "2001:db8::/32", "2001:db8::/64", "fd00::/8",
        ]).map(ip_network),
        name=st.just("net"),
        scope=st.sampled_from(["internal", "external", "provider", None]),
    ),
    max_size=4,
    unique_by=lambda network: network.cidr,
).map(lambda networks: Site(networks=tuple(networks)))  # fmt: skip


def decide(condition: Condition, address: str) -> bool:
    """Carry out tests on the address; nothing else holds."""
    found = ip_address(address)

    def change(test: Test) -> Condition:
        match test:
            case Within(_, networks):
                return Constant(any(found in ip_network(each) for each in networks))
            case Outside(_, networks):
                return Constant(not any(found in ip_network(each) for each in networks))
        return NEVER

    decided = rewrite(condition, change)
    assert isinstance(decided, Constant)
    return decided.value


@given(addresses, sites)
def test_the_scope_of_an_address_is_the_embedded_engines(address: object, site: Site) -> None:
    expected = Origins(site).facts(str(address)).scope
    derived = Derived(VAULT, site)
    scopes = ("internal", "provider", "external")
    held = [s for s in scopes if decide(derived.expand(Equals("origin.scope", s)), str(address))]
    assert held == [expected]


def test_nothing_is_expected_where_the_site_declares_nothing() -> None:
    assert Derived(VAULT, Site()).expand(Equals("origin.expected", "true")) == NEVER


def test_the_sites_word_on_an_actor_goes_before_the_sources() -> None:
    site = Site(identities=(Identity(match="batch-*"), Identity(match="*", kind="human")))
    human = Derived(VAULT, site).expand(Equals("actor.kind", "human"))
    # The first identity matches without a word on the kind: for it the source decides.
    assert "batch-" in repr(human)
    workload = Derived(VAULT, site).expand(Equals("actor.kind", "workload"))
    assert workload != NEVER


def test_several_addresses_have_to_be_computed() -> None:
    kubernetes = registry()["kubernetes_audit"]
    scope = Derived(kubernetes, Site()).expand(Equals("origin.scope", "external"))
    assert isinstance(scope, Outside)
    assert scope.field == "origin.ip"


def test_networks_get_the_sites_labels() -> None:
    office = Network(cidr=ip_network("203.0.113.0/24"), name="office", asn='AS64500 "Example"')
    language = Esql(VAULT, Schema("ecs"), Site(networks=(office,)))
    assert language.value("origin.network") == (
        'CASE(CIDR_MATCH(source.ip, "203.0.113.0/24"), "AS64500 \\"Example\\"", '
        "TO_STRING(IP_PREFIX(source.ip, 24, 48)))"
    )


def test_a_glob_of_the_site_is_a_pattern() -> None:
    github = registry()["github_audit"]
    site = Site(identities=(Identity(match="dep*[bot]", kind="provider"),))
    provider = Derived(github, site).expand(Equals("actor.kind", "provider"))
    patterns = [test for test in parts_of(provider) if isinstance(test, Like)]
    assert [part for like in patterns for part in like.parts if part == "dep"]
