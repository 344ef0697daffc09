"""Spans of time and time modifiers, as ``-15m@m``.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/SearchTimeModifiers
"""

import re
from functools import cache
from typing import Final

from tests.spl.refusal import Refused

_UNITS: Final = {
    1: ("s", "sec", "secs", "second", "seconds"),
    60: ("m", "min", "mins", "minute", "minutes"),
    3600: ("h", "hr", "hrs", "hour", "hours"),
    86_400: ("d", "day", "days"),
    604_800: ("w", "week", "weeks"),
}
_SECONDS: Final = {name: seconds for seconds, names in _UNITS.items() for name in names}


def seconds_of(span: str) -> int:
    """Read a span such as ``10m``.

    Raises:
        Refused: it is none; months and years have no fixed length.
    """
    match = re.fullmatch(r"(\d+)([a-z]+)", span)
    if not match or match[2] not in _SECONDS:
        raise Refused(f"{span!r} is no span")
    return int(match[1]) * _SECONDS[match[2]]


def relative(moment: float, modifier: str) -> float:
    """Move a moment by a modifier; ``@`` rounds down to the unit after it.

    Raises:
        Refused: the modifier is unknown, or snaps to a week.
    """
    fixed, distance, unit = _modifier(modifier)
    if fixed is not None:
        return fixed
    moment += distance
    return moment - moment % unit if unit else moment


@cache
def _modifier(modifier: str) -> tuple[float | None, int, int]:
    """A moment that is named outright; seconds to move; seconds of the unit to round down to."""
    if modifier in ("now", "now()"):
        return None, 0, 0
    if re.fullmatch(r"\d+(\.\d+)?", modifier):
        return float(modifier), 0, 0
    match = re.fullmatch(r"([+-]\d+[a-z]+)?(?:@([a-z]+))?", modifier)
    if not match or not modifier:
        raise Refused(f"{modifier!r} is no time modifier")
    distance = unit = 0
    if match[1]:
        distance = seconds_of(match[1][1:]) * (-1 if match[1][0] == "-" else 1)
    if match[2]:
        unit = _SECONDS.get(match[2], 604_800)
        if unit > 86_400:
            raise Refused(f"{modifier!r} rounds to something longer than a day")
    return None, distance, unit
