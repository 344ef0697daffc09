"""Dotted paths into documents: keys may hold dots themselves, and ``[]`` walks through an array."""

from collections.abc import Iterator, Mapping
from typing import Any


def values(document: Any, path: str) -> list[Any]:
    """Give everything that a raw path of a table leads to, arrays kept whole unless ``[]`` ends it."""
    return list(_walk(document, path.split(".")))


def first(document: Any, path: str) -> Any:
    """Give the first thing at a path, or ``None``."""
    return next(iter(values(document, path)), None)


def _walk(node: Any, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield node
        return
    if not isinstance(node, Mapping):
        return
    for end in range(1, len(keys) + 1):
        key = ".".join(keys[:end])
        through = key.endswith("[]")
        name = key.removesuffix("[]")
        if name not in node:
            continue
        below = node[name]
        if not through:
            yield from _walk(below, keys[end:])
        elif isinstance(below, list):
            for item in below:
                yield from _walk(item, keys[end:])


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a dotted path, making objects on the way; the last key may hold a slash."""
    *holders, last = path.split(".")
    node = document
    for key in holders:
        node = node.setdefault(key, {})
    node[last] = value


def add(document: dict[str, Any], path: str, *new: Any) -> None:
    """Append values to the array at a dotted path, each once."""
    known = first(document, path) or []
    put(document, path, known + [value for value in dict.fromkeys(new) if value not in known])
