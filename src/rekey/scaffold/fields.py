"""Dotted fields of a raw record."""

import re
from typing import Any


def get_field(record: dict[str, Any], name: str) -> Any:
    """Give the value of a dotted field."""
    holder: Any = record
    for key in _keys(record, name):
        holder = holder[key]
    return holder


def set_field(record: dict[str, Any], name: str, value: Any) -> None:
    """Set a dotted field; ``None`` removes it."""
    *parents, last = _keys(record, name)
    for key in parents:
        record = record[key]
    if value is None:
        record.pop(last)
    else:
        record[last] = value


def _keys(record: dict[str, Any], name: str) -> list[str]:
    return [name] if name in record else name.split(".")


def leaf(field: str) -> str:
    """Give the last part of a field, as names of files are written: ``user_name``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field.split(".")[-1]).lower()
