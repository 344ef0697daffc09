"""A raw record as JSON text that is safe to show: whole where it can be, bounded where not."""

import json
from collections.abc import Mapping
from typing import Any, Final

STRING_LIMIT: Final = 4_000
TEXT_LIMIT: Final = 24_000
DEPTH_LIMIT: Final = 40


def pretty(document: Mapping[str, Any]) -> str:
    r"""Print a record in the order of its keys, indented by two.

    Characters that a screen would act on stand as JSON's own ``\uXXXX``, so that the text still
    says exactly what was logged. Long strings, deep nesting and very long records are cut, and
    the cut says so.
    """
    text = json.dumps(_bounded(document), indent=2, ensure_ascii=False, default=str)
    safe = "\n".join(_escaped(line) for line in text.split("\n"))
    if len(safe) <= TEXT_LIMIT:
        return safe
    kept = safe[:TEXT_LIMIT].rpartition("\n")[0] or safe[:TEXT_LIMIT]
    return f"{kept}\n… ({len(safe) - len(kept):,} more characters)"


def _bounded(value: Any, depth: int = 0) -> Any:
    """Copy a JSON value without its overlong strings and its deepest parts."""
    if isinstance(value, str) and len(value) > STRING_LIMIT:
        return f"{value[:STRING_LIMIT]}… ({len(value) - STRING_LIMIT:,} more characters)"
    if isinstance(value, Mapping | list | tuple) and depth == DEPTH_LIMIT:
        return "… (nested deeper)"
    if isinstance(value, Mapping):
        return {_bounded(str(key)): _bounded(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(item, depth + 1) for item in value]
    return value


def _escaped(line: str) -> str:
    """Write the unprintable characters of one line as JSON escapes."""
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
