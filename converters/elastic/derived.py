"""Derived fields as conditions over raw fields, with the site's word on networks and identities.

``actor.kind``, ``origin.scope`` and ``origin.expected`` become plain conditions, so that every rule
type can use them. What has to be computed (``origin.network``, ages, normalised names) stays a test
on the derived field: ES|QL computes it, and the other languages refuse it.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from rekey.converters.elastic.condition import (
    NEVER,
    Condition,
    Empty,
    Equals,
    Like,
    Outside,
    Test,
    Within,
    all_of,
    any_of,
    from_detection,
    moved,
    negate,
    networks,
    pattern,
    rewrite,
)
from rekey.converters.elastic.remembered import remembered
from rekey.converters.registry import Case, Expression, LogSourceFields
from rekey.origins import INTERNAL
from rekey.site import Network, Site
from rekey.site.model import glob

_Range = IPv4Network | IPv6Network
_SERVICE = ("*.amazonaws.com", "*.amazonaws.com.cn", "AWS Internal")
"""What stands in place of an address when AWS acts by itself; see :mod:`rekey.origins`."""


@dataclass(frozen=True)
class Derived:
    """Expands the derived fields of one log source."""

    source: LogSourceFields
    site: Site
    computes: bool = False
    """The language can compute: tests on what has to be computed are left to it."""

    def expand(self, condition: Condition) -> Condition:
        """Replace tests on derived fields by tests on raw ones, as far as that is possible."""
        return rewrite(condition, self._test)

    def _test(self, test: Test) -> Condition:
        if test.field in self.source.fields:
            return test
        if test.field == "actor.kind":
            return self._valued(test, self._kinds())
        if test.field == "origin.scope":
            return self._scope(test)
        if test.field == "origin.expected":
            return self._valued(test, self._expected())
        known = self.source.derived.get(test.field) or self.source.roles.get(test.field)
        if isinstance(known, tuple):
            return self._first(test, known)
        if isinstance(known, Expression) and isinstance(known.elastic, tuple):
            return self._valued(test, self._cases(known.elastic))
        if isinstance(known, Expression) and known.elastic_first and not self.computes:
            return self._first(test, known.elastic_first)
        return test

    def _valued(
        self, test: Test, values: list[tuple[str, Condition]], *, apart: bool = False
    ) -> Condition:
        """Test a field of few values, of which the first whose condition holds counts.

        Args:
            test: on the field.
            values: with their conditions.
            apart: no two conditions can hold at once.
        """
        reached: list[Condition] = []
        before: Condition = NEVER
        for value, when in values:
            if _holds(test, value):
                reached.append(all_of((when, negate(before))))
            before = before if apart else any_of((before, when))
        if isinstance(test, Empty):
            reached.append(negate(any_of(when for _, when in values)))
        return any_of(reached)

    def _cases(self, cases: tuple[Case, ...]) -> list[tuple[str, Condition]]:
        return [(case.value, self.expand(_when(case))) for case in cases]

    def _kinds(self) -> list[tuple[str, Condition]]:
        """The site's word first: of its identities the first that matches, even if it says nothing."""
        expression = self.source.derived.get("actor.kind")
        cases = expression.elastic if expression else None
        own = self._cases(cases) if isinstance(cases, tuple) else []
        own.append(("unknown", negate(any_of(when for _, when in own))))
        named: list[tuple[str, Condition]] = []
        before: Condition = NEVER
        for identity in self.site.identities:
            matches = self._actor(identity.match)
            if identity.kind:
                named.append((identity.kind, all_of((matches, negate(before)))))
            before = any_of((before, matches))
        return [*named, *own]

    def _actor(self, glob: str) -> Condition:
        return self._first(_glob("actor.id", glob), self._fields_of("actor.id"))

    def _fields_of(self, name: str) -> tuple[str, ...]:
        """Raw fields of which the first non-empty one is the value."""
        if name in self.source.fields:
            return (name,)
        known = self.source.derived.get(name) or self.source.roles.get(name)
        if isinstance(known, Expression):
            return known.elastic_first
        return tuple(raw for part in known or () for raw in self._fields_of(part))

    def _first(self, test: Test, names: tuple[str, ...]) -> Condition:
        """Test the first non-empty one of several fields."""
        fields = [raw for name in names for raw in self._fields_of(name)]
        ways: list[Condition] = []
        empty: list[Condition] = []
        for field in fields:
            ways.append(all_of([*empty, moved(test, field)]))
            empty.append(Empty(field))
        return all_of(empty) if isinstance(test, Empty) else any_of(ways)

    def _address(self) -> str:
        """Give the field of the address, or the role where one of several has to be chosen."""
        fields = self._fields_of("origin.ip")
        single = len(fields) == 1 and not self.source.is_array(fields[0])
        return fields[0] if single else "origin.ip"

    def _scope(self, test: Test) -> Condition:
        """The scope of an address: the most specific network of the site, else the built-in ones.

        Where a record holds several addresses, the one that counts has to be computed.
        """
        field = self._address()
        internal, provider = scopes(self.site.networks)
        services = any_of(_glob(field, name) for name in _SERVICE)
        values = [
            ("external", Outside(field, (*internal, *provider))),
            ("provider", any_of((Within(field, provider) if provider else NEVER, services))),
            ("internal", Within(field, internal)),
        ]
        return self._valued(test, values, apart=True)

    def _expected(self) -> list[tuple[str, Condition]]:
        """Whether an actor comes from where the site says that it comes from."""
        field = self._address()
        declared = [(n, self._actor(g)) for n in self.site.networks for g in n.egress]
        known = all_of((any_of(actor for _, actor in declared), Outside(field, ())))
        return [
            (
                "true",
                any_of(all_of((Within(field, networks(str(n.cidr))), a)) for n, a in declared),
            ),
            ("false", known),
        ]


@remembered
def _when(case: Case) -> Condition:
    return from_detection(case.when)


def _glob(field: str, text: str) -> Equals | Like:
    """Compare with a glob of the site file, or with a value."""
    parts = pattern(text)
    return Like(field, parts) if any(c in text for c in "*?") else Equals(field, text)


def scopes(known: tuple[Network, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the internal addresses and the provider's, each as a list of networks.

    A network without a scope of its own leaves its addresses to the built-in ranges, even where a
    wider network of the site has one.
    """
    internal: list[_Range] = []
    provider: list[_Range] = []
    taken: list[_Range] = []
    for network in sorted(known, key=lambda n: n.cidr.prefixlen, reverse=True):
        left = _without([network.cidr], taken)
        if network.scope == "internal":
            internal += left
        elif network.scope == "provider":
            provider += left
        elif network.scope is None:
            internal += [
                common for one in left for wide in INTERNAL if (common := _meet(one, wide))
            ]
        taken += left
    internal += _without(list(INTERNAL), taken)
    return _texts(internal), _texts(provider)


def _without(ranges: list[_Range], taken: list[_Range]) -> list[_Range]:
    left = ranges
    for one in taken:
        left = [rest for each in left for rest in _minus(each, one)]
    return left


def _minus(one: _Range, other: _Range) -> list[_Range]:
    common = _meet(one, other)
    if common is None:
        return [one]
    return [] if common == one else list(one.address_exclude(common))  # type: ignore[arg-type]


def _meet(one: _Range, other: _Range) -> _Range | None:
    """Networks lie within one another or apart."""
    if one.version != other.version:
        return None
    small, wide = (one, other) if one.prefixlen >= other.prefixlen else (other, one)
    return small if small.subnet_of(wide) else None  # type: ignore[arg-type]


def _texts(ranges: list[_Range]) -> tuple[str, ...]:
    four = [one for one in ranges if isinstance(one, IPv4Network)]
    six = [one for one in ranges if isinstance(one, IPv6Network)]
    joined = (*collapse_addresses(four), *collapse_addresses(six))
    return tuple(part for one in joined for part in networks(str(one)))


def _holds(test: Test, value: str) -> bool:
    """Carry a test out on a known value."""
    match test:
        case Equals(_, wanted):
            return wanted.lower() == value
        case Like(_, parts):
            text = "".join(p if isinstance(p, str) else p.value for p in parts)
            return glob(text).fullmatch(value) is not None
    return False
