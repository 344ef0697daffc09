"""In which ways a case was unlike before: what one baseline found new stands together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.case import Abnormal
from rekey.report.words import in_utc

_EXPECTED_AT_MOST: Final = 5


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
    return Deviation(
        dimension=ways[0].dimension,
        observed=observed,
        expected=tuple(expected[:_EXPECTED_AT_MOST]),
        since=ways[0].first_seen,
        basis=ways[0].basis,
    )
