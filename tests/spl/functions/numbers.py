"""Numbers, and the way between them and text.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/MathematicalFunctions,
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/ConversionFunctions and, for
``max`` and ``min``, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/StatisticalFunctions
"""

import math
from collections.abc import Callable
from typing import Final

from tests.spl.functions.function import MANY, Function, of_scalars, of_values
from tests.spl.refusal import Refused
from tests.spl.values import Scalar, Value, number, order, several, text


def _numeric(name: str, body: Callable[[float], float]) -> Function:
    def evaluate(value: Scalar) -> Value:
        as_number = number(value)
        return None if as_number is None else body(as_number)

    return of_scalars(1, 1, name, evaluate)


def _tonumber(value: Scalar, base: Scalar = 10) -> Value:
    """Null where the text is no number."""
    radix = number(base)
    if radix == 10:
        return number(value)
    try:
        return float(int(text(value), int(radix or 10)))
    except ValueError:
        return None


def _tostring(value: Value) -> Value:
    if isinstance(value, bool):
        return "True" if value else "False"
    if value is None or isinstance(value, tuple):
        raise Refused("tostring() of null or of a multivalue field")
    return text(value)


def _round(value: Scalar, digits: Scalar = 0) -> Value:
    as_number, places = number(value), number(digits)
    if as_number is None or places is None:
        return None
    shift = 10 ** int(places)
    rounded: float = math.floor(abs(as_number) * shift + 0.5) / shift
    return rounded if as_number >= 0 else -rounded


def _pow(base: Scalar, exponent: Scalar) -> Value:
    number_of, power = number(base), number(exponent)
    return None if number_of is None or power is None else float(number_of**power)


def _extreme(choose: Callable[..., Scalar]) -> Callable[..., Value]:
    def evaluate(*values: Value) -> Value:
        """Numbers come before text; nulls are left out."""
        found = [v for value in values for v in several(value)]
        return choose(found, key=order) if found else None

    return evaluate


NUMBERS: Final[dict[str, Function]] = {
    "abs": _numeric("abs", abs),
    "floor": _numeric("floor", lambda value: float(math.floor(value))),
    "ceiling": _numeric("ceiling", lambda value: float(math.ceil(value))),
    "ceil": _numeric("ceil", lambda value: float(math.ceil(value))),
    "pow": of_scalars(2, 2, "pow", _pow),
    "round": of_scalars(1, 2, "round", _round),
    "tonumber": of_scalars(1, 2, "tonumber", _tonumber),
    "tostring": of_values(1, 1, _tostring),
    "max": of_values(1, MANY, _extreme(max)),
    "min": of_values(1, MANY, _extreme(min)),
}
