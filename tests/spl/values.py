"""Values of fields: text, numbers, truth values inside expressions, and multivalue fields.

Field values are text; an operation that needs numbers takes text that reads as a number
(https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Eval, "Usage").
"""

import math
import re
from collections.abc import Sequence
from typing import Final

from tests.spl.refusal import Refused

Scalar = str | float | int
Value = Scalar | bool | tuple[Scalar, ...] | None
"""``None`` is null. A tuple is a multivalue field, and has at least two values."""

Row = dict[str, Value]
"""One event or result; a field that is null is absent."""

_NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def several(value: Value) -> tuple[Scalar, ...]:
    """All values of a field: none for null, one for a plain value."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        raise Refused("a truth value stands where a field value is needed")
    return (value,)


def from_several(values: Sequence[Scalar]) -> Value:
    """A field from its values: null if there are none, plain if there is one."""
    if not values:
        return None
    return values[0] if len(values) == 1 else tuple(values)


def single(value: Value, what: str) -> Scalar | None:
    """The one value of a field.

    Raises:
        Refused: it is multivalue, and the documentation does not say what happens then.
    """
    if isinstance(value, tuple):
        raise Refused(f"{what} of a multivalue field is not documented")
    if isinstance(value, bool):
        raise Refused("a truth value stands where a field value is needed")
    return value


def number(value: Scalar) -> float | None:
    """Read a value as a number; ``None`` where it is not one."""
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    return float(value)


def text(value: Scalar) -> str:
    """Write a value as text: whole numbers without a decimal point."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Refused(f"the number {value} has no documented text")
        if value.is_integer():
            return str(int(value))
        return f"{value:.6f}".rstrip("0")
    return str(value)


def order(value: Scalar) -> tuple[int, float, str]:
    """Sort key: numbers before text, text by its characters.

    https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Sort, "lexicographical".
    """
    as_number = number(value)
    return (1, 0.0, text(value)) if as_number is None else (0, as_number, "")
