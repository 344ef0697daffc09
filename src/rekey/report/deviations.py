"""In which ways a case was unlike before: what one baseline found new stands together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.case import Abnormal
from rekey.report.words import in_utc

_EXPECTED_AT_MOST: Final = 5

_SEVERAL: Final = re.compile(r"different (\S+) at once")
_FIELDS: Final = {
    "action.class": "kind of act",
    "address.block": "network",
    "awsRegion": "region",
    "client.system": "system of the client",
    "eventName": "call",
    "eventSource": "service",
    "federation.identity": "federated subject",
    "objectRef.namespace": "namespace",
    "objectRef.resource": "kind of resource",
    "origin.block": "network",
    "origin.network": "network",
    "principal.id": "caller",
    "recovery.lost": "way back that was lost",
    "repo": "repository",
    "request.path": "path",
    "requestObject.spec.audiences": "audience",
    "requestParameters.bucketName": "bucket",
    "requestParameters.instanceId": "machine",
    "requestParameters.key": "object",
    "requestParameters.modelId": "model",
    "requestURI": "path",
    "role.refused_in": "account",
    "secret.name": "secret",
    "state.reader": "reader of a state",
    "target.folder": "folder",
    "vpcEndpointAccountId": "account of the endpoint",
}
"""What rules count or learn, in words."""
_OCTET_AT_MOST: Final = 255


@dataclass(frozen=True)
class Deviation:
    """New values of one dimension, and the values that were usual, most frequent first."""

    dimension: str
    observed: tuple[str, ...]
    expected: tuple[str, ...]
    since: datetime
    basis: str


def deviations(found: Iterable[Abnormal]) -> list[Deviation]:
    """Group abnormal values by the baseline that they differ from, in order of time.

    Values of one dimension and basis differ from one baseline if they have a usual value in
    common. What was new first and usual a moment later is not listed as usual.
    """
    groups: list[list[Abnormal]] = []
    for way in sorted(found, key=lambda way: in_utc(way.first_seen)):
        group = next((group for group in groups if _one_baseline(group[0], way)), None)
        if group is None:
            groups.append([way])
        else:
            group.append(way)
    return [_deviation(group) for group in groups]


def _one_baseline(one: Abnormal, other: Abnormal) -> bool:
    if (one.dimension, one.basis) != (other.dimension, other.basis):
        return False
    return one.expected == other.expected or bool(set(one.expected) & set(other.expected))


def _deviation(ways: list[Abnormal]) -> Deviation:
    observed = tuple(dict.fromkeys(way.observed for way in ways))
    usual = dict.fromkeys(value for way in ways for value in way.expected)
    expected = [value for value in usual if value not in observed]
    shown = _as_network if ways[0].dimension == "origin.block" else str
    return Deviation(
        dimension=_in_words(ways[0].dimension),
        observed=tuple(map(shown, observed)),
        expected=tuple(map(shown, expected[:_EXPECTED_AT_MOST])),
        since=ways[0].first_seen,
        basis=ways[0].basis,
    )


def _in_words(dimension: str) -> str:
    """Say what a field of a record is: ``kind of resource, several at once``."""
    if several := _SEVERAL.fullmatch(dimension):
        field = several[1]
        return f"{_FIELDS.get(field, field)}, several at once"
    return _FIELDS.get(dimension, dimension)


def _as_network(block: str) -> str:
    """Write a first octet, or the first group of an IPv6 address, as the network that it names."""
    if re.fullmatch(r"\d{1,3}", block) and int(block) <= _OCTET_AT_MOST:
        return f"{block}.0.0.0/8"
    return f"{block}::/16" if re.fullmatch(r"[0-9a-fA-F]{1,4}", block) else block
