"""In which fields one fixture file differs from another, line by line."""

from collections.abc import Iterator, Sequence
from typing import Any

from rekey.converters.lint.fixture_lines import Line


def differences(
    lines: Sequence[Line], of: Sequence[Line], declared: set[str], free: set[str]
) -> tuple[list[tuple[int, str]], set[str]]:
    """Compare two files; a file that is shorter than the other is compared as far as it goes.

    Args:
        lines: the near miss.
        of: the file from which it is said to differ.
        declared: leaf paths in which it may differ, or parents of such.
        free: leaf paths that count neither way, such as ids and times.

    Returns:
        Differences that were not declared, as line and path; and declared paths in which no line
        differs.
    """
    undeclared: list[tuple[int, str]] = []
    unused = set(declared)
    for line, other in zip(lines, of, strict=False):
        mine, theirs = dict(leaves(line.record)), dict(leaves(other.record))
        for path in mine.keys() | theirs.keys():
            if mine.get(path) == theirs.get(path):
                continue
            named = {name for name in declared if path == name or path.startswith(f"{name}.")}
            unused -= named
            if not named and path not in free:
                undeclared.append((line.number, path))
    return sorted(undeclared), unused


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted path and value of every leaf; items of an array share the array's path."""
    if isinstance(document, dict) and document:
        for key, value in document.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(document, list) and document:
        gathered: dict[str, list[Any]] = {}
        for item in document:
            for inner, value in leaves(item, path):
                gathered.setdefault(inner, []).append(value)
        yield from gathered.items()
    else:
        yield path, document
