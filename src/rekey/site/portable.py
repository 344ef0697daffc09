"""Field conditions of a site file: the portable part of Sigma's modifiers, checked on reading."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

MODIFIERS: Final = frozenset(
    {"contains", "startswith", "endswith", "all", "cidr", "gt", "gte", "lt", "lte"}
)
"""Modifiers that every engine carries out alike; rules and exclusions may use these."""

Value = str | int | float | bool | None


def check_fields(fields: Mapping[str, Value | list[Value]]) -> dict[str, Value | list[Value]]:
    """Refuse a condition that is not portable, or that would match everything.

    Raises:
        ValueError: says which field is wrong and why.
    """
    if not fields:
        raise ValueError("name at least one field: an exclusion without one excludes everything")
    for name, value in fields.items():
        field, *modifiers = name.split("|")
        unknown = set(modifiers) - MODIFIERS
        if not field:
            raise ValueError(f"{name!r} names no field")
        if unknown:
            raise ValueError(
                f"{field}: the modifier {min(unknown)!r} is not portable; "
                f"use one of {', '.join(sorted(MODIFIERS))}"
            )
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and not item.strip("*? "):
                raise ValueError(f"{field}: an empty value or a lone wildcard matches everything")
        if value == []:
            raise ValueError(f"{field}: an empty list matches nothing")
    return dict(fields)


Fields = Annotated[dict[str, Value | list[Value]], AfterValidator(check_fields)]
