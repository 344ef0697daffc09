"""JSON with the small faults that writers make and that cost no information."""

import json
import re
from math import isfinite
from typing import Any, Final

import orjson

from rekey.sources.interface import Fault, Reason

NOTHING: Final = object()
"""No value: JSON's null is one."""

_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""Any escape; group 1: half of a character outside the first plane. Writers that cut text at a
number of UTF-16 units leave one, as in a long user agent."""
_ODD_NUMBER: Final = re.compile(rb"NaN|Infinity|\d{19}|[eE]\+?\d{3}")
_INT64_DIGITS: Final = 19
"""Digits from which a number may be too large for 64 bits."""
_BOM: Final = b"\xef\xbb\xbf"


def mended(text: bytes) -> Any:
    """Parse a value, forgiving what can be forgiven; ``NOTHING`` if it is still no JSON.

    Forgiven are a comma after the value (elements of an array, one a line), a byte order mark
    before it (files that were joined), half characters, which become U+FFFD, and numbers that no
    reader can hold (or NaN, which some writers write), which become their text.
    """
    text = text.removeprefix(_BOM).rstrip(b", \t\r\n")
    if b"\\ud" in text or b"\\uD" in text:
        text = _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _with_odd_numbers(text) if _ODD_NUMBER.search(text) else NOTHING


def _with_odd_numbers(text: bytes) -> Any:
    try:
        return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=str)
    except (ValueError, RecursionError):
        return NOTHING


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _INT64_DIGITS else digits


def _float(text: str) -> float | str:
    return value if isfinite(value := float(text)) else text


def explain(text: bytes) -> Fault:
    """Say why a text is no JSON, without quoting it."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return Fault(Reason.WRONG_ENCODING, f"no UTF-8 at byte {error.start + 1}")
    if not text.strip(b"\0"):
        return Fault(Reason.NOT_JSON, "NUL bytes")
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg:
            return Fault(Reason.TOO_DEEP, "nested too deep")
        return Fault(Reason.NOT_JSON, f"{error.msg} at character {error.pos + 1}")
    return Fault(Reason.NOT_JSON, "several values that should be one")
