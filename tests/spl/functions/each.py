"""Functions that look at the values of a multivalue field one by one.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/MultivalueEvalFunctions
"""

from collections.abc import Callable
from typing import Final

from tests.spl.scope import Expression, Scope
from tests.spl.values import Scalar, Value, from_several, several


def _each(field: str, body: Expression, scope: Scope) -> list[tuple[Scalar, Value]]:
    return [
        (value, body(Scope({**scope.row, field: value}, scope.reading, scope.now)))
        for value in several(scope.row.get(field))
    ]


def _filter(field: str, body: Expression) -> Expression:
    """``mvfilter(condition)``: the values for which the condition holds."""

    def evaluate(scope: Scope) -> Value:
        return from_several([value for value, kept in _each(field, body, scope) if kept is True])

    return evaluate


def _map(field: str, body: Expression) -> Expression:
    """``mvmap(field, expression)``: what the expression gives for each; nulls are left out."""

    def evaluate(scope: Scope) -> Value:
        made = [several(result) for _, result in _each(field, body, scope)]
        return from_several([value for values in made for value in values])

    return evaluate


EACH: Final[dict[str, Callable[[str, Expression], Expression]]] = {
    "mvfilter": _filter,
    "mvmap": _map,
}
"""Name → binding to the one field that the last argument may name, and to that argument."""
