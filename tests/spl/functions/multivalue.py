"""Multivalue fields.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/MultivalueEvalFunctions
"""

from typing import Final

from tests.spl.functions.function import MANY, Function, of_values
from tests.spl.functions.regexes import compile_regex
from tests.spl.refusal import Refused
from tests.spl.values import Scalar, Value, from_several, number, several, single, text


def _index(value: Value, start: Value, end: Value = None) -> Value:
    """``mvindex``: positions count from 0, negative ones from the end; both ends are included."""
    values = several(value)
    first = _position(start, len(values))
    last = first if end is None else _position(end, len(values))
    if not 0 <= first < len(values) or not 0 <= last < len(values):
        return None
    return from_several(values[first : last + 1])


def _position(value: Value, count: int) -> int:
    position = number(single(value, "mvindex()") or 0)
    if position is None or not position.is_integer():
        raise Refused("mvindex() at no whole number")
    return int(position) + (count if position < 0 else 0)


def _count(value: Value) -> Value:
    """``mvcount``: null for a field without values."""
    return len(several(value)) or None


def _join(value: Value, delimiter: Value) -> Value:
    between = single(delimiter, "mvjoin()")
    if value is None or between is None:
        return None
    return text(between).join(text(v) for v in several(value))


def _split(value: Value, delimiter: Value) -> Value:
    subject, between = single(value, "split()"), single(delimiter, "split()")
    if subject is None or between is None:
        return None
    if between == "":
        raise Refused("split() without a delimiter")
    return from_several(text(subject).split(text(between)))


def _append(*values: Value) -> Value:
    return from_several([v for value in values for v in several(value)])


def _dedup(value: Value) -> Value:
    """``mvdedup``: each value once, where it came first."""
    seen: dict[str, Scalar] = {}
    for v in several(value):
        seen.setdefault(text(v), v)
    return from_several(list(seen.values()))


def _sort(value: Value) -> Value:
    """``mvsort``: lexicographically."""
    return from_several(sorted(several(value), key=text))


def _find(value: Value, regex: Value) -> Value:
    """``mvfind``: position of the first value that fits the regex; null if none does."""
    pattern = single(regex, "mvfind()")
    if pattern is None:
        return None
    compiled = compile_regex(text(pattern))
    for position, v in enumerate(several(value)):
        if compiled.search(text(v)):
            return position
    return None


MULTIVALUE: Final[dict[str, Function]] = {
    "mvindex": of_values(2, 3, _index),
    "mvcount": of_values(1, 1, _count),
    "mvjoin": of_values(2, 2, _join),
    "split": of_values(2, 2, _split),
    "mvappend": of_values(1, MANY, _append),
    "mvdedup": of_values(1, 1, _dedup),
    "mvsort": of_values(1, 1, _sort),
    "mvfind": of_values(2, 2, _find),
}
