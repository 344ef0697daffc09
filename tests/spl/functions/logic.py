"""Conditions: ``if``, ``case``, ``coalesce`` and what tests a value.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/ConditionalFunctions and
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/InformationalFunctions
"""

from collections.abc import Sequence
from typing import Final

from tests.spl.functions.function import MANY, Function, of_values
from tests.spl.functions.regexes import compile_regex, like_pattern
from tests.spl.refusal import Refused
from tests.spl.scope import Constant, Expression, Scope
from tests.spl.values import Scalar, Value, number, several, single, text


def _condition(value: Value) -> bool:
    """Conditions of ``if`` and ``case``: what is null is not true."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise Refused(f"{value!r} stands where a condition is needed")


def _if(arguments: Sequence[Expression]) -> Expression:
    condition, then, otherwise = arguments
    return lambda scope: then(scope) if _condition(condition(scope)) else otherwise(scope)


def _case(arguments: Sequence[Expression]) -> Expression:
    if len(arguments) % 2:
        raise Refused("case() needs a value for each condition")
    pairs = list(zip(arguments[::2], arguments[1::2], strict=True))

    def evaluate(scope: Scope) -> Value:
        for condition, value in pairs:
            if _condition(condition(scope)):
                return value(scope)
        return None

    return evaluate


def _coalesce(arguments: Sequence[Expression]) -> Expression:
    def evaluate(scope: Scope) -> Value:
        for argument in arguments:
            value = argument(scope)
            if value is not None:
                return value
        return None

    return evaluate


def _nullif(one: Value, other: Value) -> Value:
    a, b = single(one, "nullif()"), single(other, "nullif()")
    return None if a is None or (b is not None and _same(a, b)) else a


def _same(one: Scalar, other: Scalar) -> bool:
    a, b = number(one), number(other)
    return text(one) == text(other) if a is None or b is None else a == b


def _in(arguments: Sequence[Expression]) -> Expression:
    """``in(field, …)``: exact values, in the case in which they are written."""
    field, *wanted = arguments
    if all(isinstance(choice, Constant) for choice in wanted):
        return _among(field, [choice.value for choice in wanted if isinstance(choice, Constant)])

    def evaluate(scope: Scope) -> Value:
        value = field(scope)
        if value is None:
            return scope.unknown
        choices = [single(choice(scope), "in()") for choice in wanted]
        return any(_same(v, c) for v in several(value) for c in choices if c is not None)

    return evaluate


def _among(field: Expression, choices: Sequence[Value]) -> Expression:
    """``in()`` with values that are written out, which may be hundreds."""
    known = [c for choice in choices if (c := single(choice, "in()")) is not None]
    numbers = {number(c) for c in known} - {None}
    texts = {text(c) for c in known if number(c) is None}

    def evaluate(scope: Scope) -> Value:
        value = field(scope)
        if value is None:
            return scope.unknown
        for one in several(value):
            read = number(one)
            if text(one) in texts if read is None else read in numbers:
                return True
        return False

    return evaluate


def _match(arguments: Sequence[Expression]) -> Expression:
    """``match(subject, regex)``: some part of the subject fits."""

    def evaluate(scope: Scope) -> Value:
        subject, regex = arguments[0](scope), single(arguments[1](scope), "match()")
        if subject is None or regex is None:
            return scope.unknown
        pattern = compile_regex(text(regex))
        return pattern.search(text(_one(subject, "match()"))) is not None

    return evaluate


def _like(arguments: Sequence[Expression]) -> Expression:
    """``like(text, pattern)``: the whole text fits; ``%`` is any text, ``_`` one character."""

    def evaluate(scope: Scope) -> Value:
        subject, pattern = arguments[0](scope), single(arguments[1](scope), "like()")
        if subject is None or pattern is None:
            return scope.unknown
        return like_pattern(text(pattern)).fullmatch(text(_one(subject, "like()"))) is not None

    return evaluate


def _one(subject: Value, what: str) -> Scalar:
    value = single(subject, what)
    assert value is not None
    return value


LOGIC: Final[dict[str, Function]] = {
    "if": Function(3, 3, _if),
    "case": Function(2, MANY, _case),
    "coalesce": Function(1, MANY, _coalesce),
    "null": of_values(0, 0, lambda: None),
    "nullif": of_values(2, 2, _nullif),
    "isnull": of_values(1, 1, lambda value: value is None),
    "isnotnull": of_values(1, 1, lambda value: value is not None),
    "true": of_values(0, 0, lambda: True),
    "false": of_values(0, 0, lambda: False),
    "in": Function(2, MANY, _in),
    "match": Function(2, 2, _match),
    "like": Function(2, 2, _like),
}
