"""Conditions as Elastic's languages share them: a small tree, folded where a part is certain.

pySigma's tree is turned into this one, so that each language needs to know a few kinds of test only,
and so that derived fields, the site's word and fields that cannot be searched are dealt with once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv6Network, ip_network
from typing import Any, Final

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
)
from sigma.rule import SigmaDetection
from sigma.types import (
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from rekey.errors import RekeyError

_IPV4: Final = IPv6Network("::ffff:0:0/96")

_OPERATORS: Final = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


class Unsupported(RekeyError):
    """A rule means more than Elastic can say."""


class Wildcard(Enum):
    """Any characters, or exactly one."""

    MANY = "*"
    ONE = "?"


@dataclass(frozen=True)
class Constant:
    """Always or never."""

    value: bool


@dataclass(frozen=True)
class Equals:
    """A field has this value; case is ignored."""

    field: str
    value: str


@dataclass(frozen=True)
class Like:
    """A field fits a pattern; case is ignored."""

    field: str
    parts: tuple[str | Wildcard, ...]


@dataclass(frozen=True)
class Empty:
    """A field is missing or has no value."""

    field: str


@dataclass(frozen=True)
class Compare:
    """A field is a number on one side of another."""

    field: str
    operator: str
    number: float


@dataclass(frozen=True)
class Within:
    """A field is an address in one of these networks."""

    field: str
    networks: tuple[str, ...]


@dataclass(frozen=True)
class Outside:
    """A field is an address in none of these networks."""

    field: str
    networks: tuple[str, ...]


@dataclass(frozen=True)
class Since:
    """A field is that moment or a later one; of the log source's own time, which every event has."""

    field: str
    moment: str


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True)
class And:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Or:
    """One part at least holds."""

    parts: tuple["Condition", ...]


Test = Equals | Like | Empty | Compare | Within | Outside | Since
Condition = Constant | Test | Not | And | Or

ALWAYS: Final = Constant(True)
NEVER: Final = Constant(False)


def all_of(parts: Iterable[Condition]) -> Condition:
    """Join with AND, leaving out what is certain."""
    kept = [part for part in _flat(parts, And) if part != ALWAYS]
    if NEVER in kept:
        return NEVER
    return kept[0] if len(kept) == 1 else And(tuple(kept)) if kept else ALWAYS


def any_of(parts: Iterable[Condition]) -> Condition:
    """Join with OR, leaving out what is impossible."""
    kept = [part for part in _flat(parts, Or) if part != NEVER]
    if ALWAYS in kept:
        return ALWAYS
    return kept[0] if len(kept) == 1 else Or(tuple(kept)) if kept else NEVER


def negate(part: Condition) -> Condition:
    """Negate; two negations cancel."""
    if isinstance(part, Constant):
        return Constant(not part.value)
    return part.part if isinstance(part, Not) else Not(part)


def _flat(parts: Iterable[Condition], kind: type[And] | type[Or]) -> Iterator[Condition]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def tests(condition: Condition) -> Iterator[Test]:
    """Yield every test in a condition."""
    if isinstance(condition, And | Or):
        for part in condition.parts:
            yield from tests(part)
    elif isinstance(condition, Not):
        yield from tests(condition.part)
    elif not isinstance(condition, Constant):
        yield condition


def rewrite(condition: Condition, change: Callable[[Test], Condition]) -> Condition:
    """Replace every test, and fold what becomes certain."""
    match condition:
        case And(parts):
            return all_of(rewrite(part, change) for part in parts)
        case Or(parts):
            return any_of(rewrite(part, change) for part in parts)
        case Not(part):
            return negate(rewrite(part, change))
        case Constant():
            return condition
    return change(condition)


def moved(test: Test, field: str) -> Test:
    """Ask the same of another field."""
    return replace(test, field=field)


def from_sigma(condition: Any) -> Condition:
    """Turn pySigma's condition tree into ours.

    Raises:
        Unsupported: it uses something outside the portable subset.
    """
    match condition:
        case ConditionAND():
            return all_of(from_sigma(arg) for arg in condition.args)
        case ConditionOR():
            return any_of(from_sigma(arg) for arg in condition.args)
        case ConditionNOT():
            return negate(from_sigma(condition.args[0]))
        case ConditionFieldEqualsValueExpression():
            return _test(condition.field, condition.value)
    raise Unsupported("searches for a keyword without a field", hint="Name the field.")


def from_detection(definition: Any) -> Condition:
    """Turn a Sigma detection, as the registry's cases write it, into a condition."""
    detection = SigmaDetection.from_definition(definition)
    return from_sigma(detection.postprocess(None))  # type: ignore[arg-type] # names no other


def pattern(text: str) -> tuple[str | Wildcard, ...]:
    """Read a glob of the site file: ``*`` and ``?`` only."""
    parts: list[str | Wildcard] = []
    for letter in text:
        if letter in "*?":
            parts.append(Wildcard(letter))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += letter
        else:
            parts.append(letter)
    return tuple(parts)


def like(field: str, parts: tuple[str | Wildcard, ...]) -> Condition:
    """Test a pattern; one without wildcards is a value."""
    if all(isinstance(part, str) for part in parts):
        return Equals(field, "".join(str(part) for part in parts)) if parts else Empty(field)
    return Like(field, parts)


def _test(field: str, value: SigmaType) -> Condition:
    match value:
        case SigmaNull():
            return Empty(field)
        case SigmaExists():
            return negate(Empty(field)) if value else Empty(field)
        case SigmaString():
            return like(field, tuple(_part(part) for part in value.s))
        case SigmaBool():
            return Equals(field, str(value.boolean).lower())
        case SigmaNumber():
            return Compare(field, "==", float(str(value.number)))
        case SigmaCompareExpression():
            return Compare(field, _OPERATORS[value.op.name], float(str(value.number.number)))
        case SigmaCIDRExpression():
            return Within(field, networks(str(value.network)))
    raise Unsupported(
        f"{field} is compared in a way that not every engine can",
        hint="See 'The portable subset' in docs/rule-standard.md.",
    )


def networks(cidr: str) -> tuple[str, ...]:
    """Write a network for Elasticsearch, which keeps IPv4 as ``::ffff:0:0/96``: no part of ours."""
    network = ip_network(cidr, strict=False)
    if isinstance(network, IPv6Network) and _IPV4.subnet_of(network):
        return tuple(str(part) for part in sorted(network.address_exclude(_IPV4)))
    return (str(network),)


def _part(part: object) -> str | Wildcard:
    if isinstance(part, str):
        return part
    return Wildcard.MANY if part is SpecialChars.WILDCARD_MULTI else Wildcard.ONE
