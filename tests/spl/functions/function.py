"""How a function of the expression language is described."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.spl.scope import Expression, Scope
from tests.spl.values import Scalar, Value, single

MANY = 99


@dataclass(frozen=True)
class Function:
    """One function: how many arguments it takes, and how it is bound to them."""

    least: int
    most: int
    bind: Callable[[Sequence[Expression]], Expression]


def of_values(least: int, most: int, body: Callable[..., Value]) -> Function:
    """A function of its arguments' values, whatever they are."""

    def bind(arguments: Sequence[Expression]) -> Expression:
        return lambda scope: body(*(argument(scope) for argument in arguments))

    return Function(least, most, bind)


def of_scalars(least: int, most: int, name: str, body: Callable[..., Value]) -> Function:
    """A function of single values; null where one of them is null."""

    def bind(arguments: Sequence[Expression]) -> Expression:
        def evaluate(scope: Scope) -> Value:
            values = [single(argument(scope), f"{name}()") for argument in arguments]
            return None if any(value is None for value in values) else body(*values)

        return evaluate

    return Function(least, most, bind)


def of_test(name: str, body: Callable[[Scalar, Scalar], bool]) -> Function:
    """A test of two single values, which is unknown where one of them is null."""

    def bind(arguments: Sequence[Expression]) -> Expression:
        def evaluate(scope: Scope) -> Value:
            one, other = (single(argument(scope), f"{name}()") for argument in arguments)
            return scope.unknown if one is None or other is None else body(one, other)

        return evaluate

    return Function(2, 2, bind)
