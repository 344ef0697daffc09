"""How deep a document nests."""

from typing import Any


def is_deeper(value: Any, most: int) -> bool:
    """Say whether objects and arrays nest more than ``most`` levels deep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        if not level:
            return False
        level = [
            below
            for each in level
            for below in (each.values() if isinstance(each, dict) else each)
            if isinstance(below, dict | list)
        ]
    return bool(level)
