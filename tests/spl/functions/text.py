"""Text: cases, cutting, replacing, hashing.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/TextFunctions and
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/CryptographicFunctions
"""

import hashlib
import re
from collections.abc import Callable
from typing import Final

from tests.spl.functions.function import Function, of_scalars
from tests.spl.functions.regexes import compile_regex
from tests.spl.refusal import Refused
from tests.spl.values import Scalar, Value, number, text

_HEX: Final = {
    "md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512,
}  # fmt: skip


def _substr(subject: Scalar, start: Scalar, length: Scalar | None = None) -> Value:
    """Positions count from 1, negative ones from the end."""
    begin = number(start)
    if not begin or not begin.is_integer():
        raise Refused("substr() from position 0, or from no position")
    whole = text(subject)
    first = int(begin) - 1 if begin > 0 else max(len(whole) + int(begin), 0)
    if length is None:
        return whole[first:]
    count = number(length)
    if count is None or count < 0:
        raise Refused("substr() of a negative length")
    return whole[first : first + int(count)]


def _replace(subject: Scalar, regex: Scalar, replacement: Scalar) -> Value:
    r"""Every match is replaced; ``\1`` stands for the first group."""
    template = text(replacement)
    if re.search(r"\\(?!\d)", template):
        raise Refused(f"a backslash in the replacement {template!r}")
    pattern = compile_regex(text(regex))

    def put(match: re.Match[str]) -> str:
        return re.sub(r"\\(\d)", lambda group: match[int(group[1])] or "", template)

    return pattern.sub(put, text(subject))


def _trim(strip: Callable[[str, str | None], str]) -> Callable[..., Value]:
    def trim(subject: Scalar, characters: Scalar | None = None) -> Value:
        return strip(text(subject), " \t" if characters is None else text(characters))

    return trim


def _hash(name: str) -> Function:
    def digest(subject: Scalar) -> Value:
        return str(_HEX[name](text(subject).encode()).hexdigest())

    return of_scalars(1, 1, name, digest)


TEXT: Final[dict[str, Function]] = {
    "lower": of_scalars(1, 1, "lower", lambda value: text(value).lower()),
    "upper": of_scalars(1, 1, "upper", lambda value: text(value).upper()),
    "len": of_scalars(1, 1, "len", lambda value: len(text(value))),
    "substr": of_scalars(2, 3, "substr", _substr),
    "replace": of_scalars(3, 3, "replace", _replace),
    "trim": of_scalars(1, 2, "trim", _trim(str.strip)),
    "ltrim": of_scalars(1, 2, "ltrim", _trim(str.lstrip)),
    "rtrim": of_scalars(1, 2, "rtrim", _trim(str.rstrip)),
    **{name: _hash(name) for name in _HEX},
}
