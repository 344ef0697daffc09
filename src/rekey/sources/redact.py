"""Blank the secrets that a log source writes in clear, before anything is stored or shown.

The registry marks them as paths: keys parted by dots, ``[]`` after a key that holds an array,
``*`` for any key. A mark is followed whatever the shape of the record: an array where an object
was expected is entered all the same, because a secret in the wrong place is a secret. Of an address
whose path or query is the secret, scheme and host may stay.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from rekey.converters.registry import HOST, LogSourceFields
from rekey.sources.scrub import REDACTED, scrub

__all__ = ["REDACTED", "Redactor", "redact_document", "scrub"]

_ANY: Final = "*"
_SHOWN_DEPTH: Final = 128
_HOST: Final = re.compile(HOST)
_Marks = dict[str, "_Marks | bool"]
"""Keys to follow; at the end of a path, whether the host of an address may stay."""


class Redactor:
    """The marks of one source, compiled.

    Args:
        paths: the registry's ``redact``. Dots part keys; a key that holds dots is found as well.
        addresses: the registry's ``redact_to_host``.
    """

    def __init__(self, paths: Iterable[str], addresses: Iterable[str] = ()) -> None:
        self._marks: _Marks = {}
        for marked, keeps_host in ((paths, False), (addresses, True)):
            for path in marked:
                for keys in _readings(path.replace("[]", "").split(".")):
                    _plant(self._marks, keys, keeps_host)

    def redact(self, record: dict[str, Any]) -> None:
        """Blank the marked values of a record, in place."""
        if self._marks:
            _follow(record, self._marks)


def redact_document(document: Mapping[str, Any], source: LogSourceFields) -> dict[str, Any]:
    """Give a copy that may be shown: marked values blanked, and every text scrubbed."""
    copy: dict[str, Any] = _scrubbed(document)
    redactor(source).redact(copy)
    return copy


def redactor(source: LogSourceFields) -> Redactor:
    """Give the compiled marks of a source."""
    return _compiled(source.redact, source.redact_to_host)


@lru_cache(maxsize=64)
def _compiled(paths: tuple[str, ...], addresses: tuple[str, ...]) -> Redactor:
    return Redactor(paths, addresses)


def _readings(keys: list[str]) -> Iterable[list[str]]:
    """A dot may also belong to a key: ``metadata.annotations.kubectl.kubernetes.io/last…``."""
    yield keys
    for cut in range(1, len(keys) - 1):
        if "/" in (tail := ".".join(keys[cut:])):
            yield [*keys[:cut], tail]


def _plant(marks: _Marks, keys: list[str], keeps_host: bool) -> None:
    *parents, last = keys
    for key in parents:
        below = marks.get(key, {})
        if isinstance(below, bool):
            return  # the whole value is blanked already
        marks[key] = marks = below
    marks[last] = keeps_host


def _follow(value: dict[str, Any], marks: _Marks) -> None:
    # Each level knows many keys and meets few: CloudTrail has 45 marks, a record one root or two.
    for key in value.keys() & marks.keys():
        _mark(value, key, marks[key])
    if _ANY in marks:
        for key in value:
            _mark(value, key, marks[_ANY])


def _mark(value: dict[str, Any], key: str, marks: _Marks | bool) -> None:
    found = value[key]
    if found is None:
        return
    if isinstance(marks, bool):
        left = [_left(each, marks) for each in found] if isinstance(found, list) else None
        value[key] = _left(found, marks) if left is None else left
    elif isinstance(found, dict):
        _follow(found, marks)
    elif isinstance(found, list):
        for element in _objects(found):
            _follow(element, marks)


def _left(value: Any, keeps_host: bool) -> str:
    """Give what stays of a value: nothing, or scheme and host of an address."""
    host = _HOST.match(value) if keeps_host and isinstance(value, str) else None
    return host[1] + host[2] if host else REDACTED


def _objects(values: list[Any]) -> Iterator[dict[str, Any]]:
    """Give the objects in an array, and in arrays within it."""
    pending = [values]
    while pending:
        for value in pending.pop():
            if isinstance(value, dict):
                yield value
            elif isinstance(value, list):
                pending.append(value)


def _scrubbed(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if not isinstance(value, Mapping | list):
        return value
    if depth == _SHOWN_DEPTH:
        return "[nested too deep to show]"
    if isinstance(value, Mapping):
        return {key: _scrubbed(below, depth + 1) for key, below in value.items()}
    return [_scrubbed(element, depth + 1) for element in value]
