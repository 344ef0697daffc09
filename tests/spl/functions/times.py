"""Times, in seconds since 1970. The server's time zone is UTC.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/DateandTimeFunctions and
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Commontimeformatvariables
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from tests.spl.functions.function import Function, of_scalars
from tests.spl.refusal import Refused
from tests.spl.scope import Expression
from tests.spl.spans import relative
from tests.spl.values import Scalar, Value, number, text

# Splunk's format variables, and what fits them.
_PARTS: Final = {
    "%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})", "%M": r"(?P<M>\d{1,2})", "%S": r"(?P<S>\d{1,2})",
    "%T": r"(?P<H>\d{1,2}):(?P<M>\d{1,2}):(?P<S>\d{1,2})", "%F": r"(?P<Y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    "%Z": r"(?P<Z>Z|UTC|GMT)", "%z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "%N": r"(?P<f>\d{1,9})", "%Q": r"(?P<f>\d{1,9})", "%3N": r"(?P<f>\d{3})", "%3Q": r"(?P<f>\d{3})",
    "%6N": r"(?P<f>\d{6})", "%6Q": r"(?P<f>\d{6})", "%9N": r"(?P<f>\d{9})", "%9Q": r"(?P<f>\d{9})",
    "%s": r"(?P<s>\d+)",
}  # fmt: skip


def _strptime(subject: Scalar, format_: Scalar) -> Value:
    """Read a time; null where the text does not begin as the format says."""
    match = re.match(_pattern(text(format_)), text(subject))
    if not match:
        return None
    parts = match.groupdict()
    if "s" in parts:
        return float(parts["s"])
    names = ("Y", "m", "d", "H", "M", "S")
    year, month, day, hour, minute, second = (int(parts.get(n) or 0) for n in names)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return moment + float("0." + (parts.get("f") or "0")) - _offset(parts.get("z") or "Z")


def _pattern(format_: str) -> str:
    found = re.split(r"(%\d?[A-Za-z])", format_)
    for piece in found[1::2]:
        if piece not in _PARTS:
            raise Refused(f"the time format variable {piece}")
    return "".join(_PARTS[p] if i % 2 else re.escape(p) for i, p in enumerate(found))


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (hours * 3600 + minutes * 60) * (1 if zone[0] == "+" else -1)


def _strftime(moment: Scalar, format_: Scalar) -> Value:
    seconds = number(moment)
    if seconds is None:
        return None
    template = text(format_)
    if unknown := set(re.findall(r"%\d?[A-Za-z]", template)) - set(_PARTS) - {"%z"}:
        raise Refused(f"the time format variables {sorted(unknown)}")
    if re.search(r"%\d?[NQ]|%Z", template):
        raise Refused("parts of seconds or a zone in strftime()")
    return datetime.fromtimestamp(seconds, UTC).strftime(template.replace("%s", str(int(seconds))))


def _relative_time(moment: Scalar, specifier: Scalar) -> Value:
    seconds = number(moment)
    return None if seconds is None else relative(seconds, text(specifier))


def _now(arguments: Sequence[Expression]) -> Expression:
    return lambda scope: scope.now


TIMES: Final[dict[str, Function]] = {
    "now": Function(0, 0, _now),
    "strptime": of_scalars(2, 2, "strptime", _strptime),
    "strftime": of_scalars(2, 2, "strftime", _strftime),
    "relative_time": of_scalars(2, 2, "relative_time", _relative_time),
}
