"""The expression language of ``eval`` and ``where``.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Eval and
https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Where: text compares with regard
to case; text that reads as numbers compares as numbers; a field whose name is not plain stands in
single quotes; ``.`` joins texts; an operation on null is null.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

from lark import Token, Tree

from tests.spl.functions import (
    ADDRESSES,
    EACH,
    LOGIC,
    MULTIVALUE,
    NUMBERS,
    TEXT,
    TIMES,
    Function,
)
from tests.spl.parser import Node, unquote
from tests.spl.refusal import Refused
from tests.spl.scope import Constant, Expression, Scope
from tests.spl.values import Scalar, Value, number, several, single, text

_FUNCTIONS: Final[dict[str, Function]] = {
    **LOGIC, **TEXT, **MULTIVALUE, **NUMBERS, **TIMES, **ADDRESSES,
}  # fmt: skip

_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "%": operator.mod,
}  # fmt: skip

_ORDER: Final = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "!=": operator.ne,
}  # fmt: skip


def compile_expression(node: Node) -> Expression:
    """Compile a parsed expression.

    Raises:
        Refused: it calls a function that the evaluator does not know, or calls it wrongly.
    """
    if not isinstance(node, Tree):
        raise Refused(f"not an expression: {node}")
    kind, children = node.data, node.children
    if kind in ("or_", "and_", "chain") and len(children) == 1:
        return compile_expression(children[0])
    if kind in ("or_", "and_"):
        return _junction(kind, [compile_expression(child) for child in children])
    if kind == "not_":
        return _negation(compile_expression(children[0]))
    if kind == "compare":
        left, right = compile_expression(children[0]), compile_expression(children[2])
        return _comparison(left, str(children[1]), right)
    if kind == "chain":
        return _chain(children)
    return _operand(kind, children)


def _operand(kind: str, children: list[Tree[Token] | Token]) -> Expression:
    first = children[0]
    if kind == "negative":
        inner = compile_expression(first)
        return lambda scope: _arithmetic("-", 0, inner(scope))
    if kind == "field":
        name = unquote(str(first))
        return lambda scope: scope.row.get(name)
    if kind == "string":
        return Constant(unquote(str(first)))
    if kind == "number":
        return Constant(float(str(first)))
    if kind == "in_":
        return _call("in", children)
    if kind == "like_":
        return _call("like", children)
    if kind == "call":
        return _call(str(first).lower(), [child for child in children[1:] if child is not None])
    raise Refused(f"unknown expression {kind}")


def _call(name: str, arguments: list[Tree[Token] | Token]) -> Expression:
    if name in EACH:
        body = arguments[-1]
        fields = fields_of(body) if name == "mvfilter" else fields_of(arguments[0])
        if len(fields) != 1:
            raise Refused(f"{name}() over {len(fields)} fields")
        return EACH[name](fields.pop(), compile_expression(body))
    if name not in _FUNCTIONS:
        raise Refused(f"unknown function {name}()")
    function = _FUNCTIONS[name]
    if not function.least <= len(arguments) <= function.most:
        raise Refused(f"{name}() with {len(arguments)} arguments")
    return function.bind([compile_expression(argument) for argument in arguments])


def fields_of(node: Node) -> set[str]:
    """All fields that an expression names."""
    if not isinstance(node, Tree):
        return set()
    return {unquote(str(tree.children[0])) for tree in node.find_data("field")}


def truth(value: Value) -> bool | None:
    """A condition's outcome; ``None`` is null.

    Raises:
        Refused: the value is not a truth value.
    """
    if value is None or isinstance(value, bool):
        return value
    raise Refused(f"{value!r} stands where a condition is needed")


def _junction(kind: str, parts: list[Expression]) -> Expression:
    decisive = kind == "or_"

    def evaluate(scope: Scope) -> bool | None:
        unknown = False
        for part in parts:
            outcome = truth(part(scope))
            if outcome is decisive:
                return decisive
            unknown = unknown or outcome is None
        return None if unknown else not decisive

    return evaluate


def _negation(inner: Expression) -> Expression:
    def evaluate(scope: Scope) -> bool | None:
        outcome = truth(inner(scope))
        return None if outcome is None else not outcome

    return evaluate


def _comparison(left: Expression, sign: str, right: Expression) -> Expression:
    def evaluate(scope: Scope) -> bool | None:
        one, other = left(scope), right(scope)
        if isinstance(one, bool) or isinstance(other, bool):
            raise Refused("truth values are compared")
        if one is None or other is None:
            return scope.unknown
        if sign in ("=", "=="):
            return any(equal(a, b) for a in several(one) for b in several(other))
        a, b = single(one, sign), single(other, sign)
        assert a is not None and b is not None
        first, second = _comparable(a, b)
        return bool(_ORDER[sign](first, second))

    return evaluate


def equal(one: Scalar, other: Scalar) -> bool:
    """Compare as numbers where both read as numbers, else as text."""
    a, b = _comparable(one, other)
    return bool(a == b)


def _comparable(one: Scalar, other: Scalar) -> tuple[Any, Any]:
    a, b = number(one), number(other)
    return (text(one), text(other)) if a is None or b is None else (a, b)


def _chain(children: list[Tree[Token] | Token]) -> Expression:
    operands = [compile_expression(child) for child in children[::2]]
    signs = [str(child) for child in children[1::2]]

    def evaluate(scope: Scope) -> Value:
        value = operands[0](scope)
        for sign, operand in zip(signs, operands[1:], strict=True):
            value = _arithmetic(sign, value, operand(scope))
        return value

    return evaluate


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    one, other = single(left, sign), single(right, sign)
    if one is None or other is None:
        return None
    if sign == ".":
        return text(one) + text(other)
    a, b = number(one), number(other)
    if a is None or b is None:
        if sign == "+" and isinstance(one, str) and isinstance(other, str):
            return one + other
        return None
    if sign in "/%" and b == 0:
        return None
    return _ARITHMETIC[sign](a, b)
