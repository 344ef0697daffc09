"""Aggregations of ``stats``, ``eventstats`` and ``streamstats``.

https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/CommonStatsFunctions: rows that
lack the field take no part, and each value of a multivalue field counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lark import Token, Tree

from tests.spl.expressions import compile_expression
from tests.spl.parser import name_of
from tests.spl.refusal import Refused
from tests.spl.search import Search, time_of
from tests.spl.values import Row, Scalar, Value, from_several, number, order, several, text

Body = Callable[[Sequence[tuple[Row, tuple[Scalar, ...]]]], Value]
"""Rows with their values of the field → result."""


def _flat(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> list[Scalar]:
    return [value for _, values in rows for value in values]


def _numbers(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> list[float]:
    return [n for n in map(number, _flat(rows)) if n is not None]


def _distinct(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> set[str]:
    return {text(value) for value in _flat(rows)}


def _values(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
    """``values``: each once, in lexicographical order."""
    return from_several(sorted(_distinct(rows)))


def _extreme(choose: Callable[..., Scalar]) -> Body:
    def evaluate(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
        found = _flat(rows)
        if not found:
            return None
        if any(number(v) is None for v in found):
            return choose(map(text, found))
        return choose(found, key=order)

    return evaluate


def _at(choose: Callable[..., tuple[Row, tuple[Scalar, ...]]]) -> Body:
    """``earliest`` and ``latest``: the value of the row that is first or last by ``_time``."""

    def evaluate(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
        found = [pair for pair in rows if pair[1]]
        if not found:
            return None
        chosen = choose(found, key=lambda pair: time_of(pair[0]))
        rivals = {pair[1] for pair in found if time_of(pair[0]) == time_of(chosen[0])}
        if len(rivals) > 1:
            raise Refused("earliest() or latest() between rows of the same time")
        return from_several(chosen[1])

    return evaluate


def _end(position: int) -> Body:
    """``first`` and ``last``: in the order of the rows."""

    def evaluate(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
        found = [values for _, values in rows if values]
        return from_several(found[position]) if found else None

    return evaluate


def _sum(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
    found = _numbers(rows)
    return sum(found) if found else None


def _average(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
    found = _numbers(rows)
    return sum(found) / len(found) if found else None


def _range(rows: Sequence[tuple[Row, tuple[Scalar, ...]]]) -> Value:
    found = _numbers(rows)
    return max(found) - min(found) if found else None


FUNCTIONS: Final[dict[str, Body]] = {
    "count": lambda rows: len(_flat(rows)),
    "c": lambda rows: len(_flat(rows)),
    "dc": lambda rows: len(_distinct(rows)),
    "distinct_count": lambda rows: len(_distinct(rows)),
    "values": _values,
    "list": lambda rows: from_several(_flat(rows)[:100]),
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
    "avg": _average,
    "mean": _average,
    "range": _range,
    "earliest": _at(min),
    "latest": _at(max),
    "first": _end(0),
    "last": _end(-1),
}


@dataclass(frozen=True)
class Aggregation:
    """One aggregation of a command.

    Attributes:
        output: the field that it makes.
        values: gives the values of a row that it looks at; ``None`` for a plain ``count``.
        body: makes the result.
    """

    output: str
    values: Callable[[Row, Search], tuple[Scalar, ...]] | None
    body: Body

    def over(self, rows: Sequence[Row], search: Search) -> Value:
        """The result over some rows."""
        if self.values is None:
            return len(rows)
        return self.body([(row, self.values(row, search)) for row in rows])


def aggregation(tree: Tree[Token]) -> Aggregation:
    """Compile one aggregation term.

    Raises:
        Refused: the function is unknown, or its result would have no certain name.
    """
    function = str(tree.children[0]).lower()
    if function not in FUNCTIONS:
        raise Refused(f"unknown aggregation {function}()")
    *_, as_, renamed = tree.children
    subject = tree.children[1] if len(tree.children) == 4 else None
    output = name_of(renamed) if as_ else None
    if isinstance(subject, Tree):
        if output is None:
            raise Refused(f"{function}(eval(…)) without AS")
        return Aggregation(output, _evaluated(function, subject), FUNCTIONS[function])
    if subject is None:
        if function not in ("count", "c"):
            raise Refused(f"{function}() of nothing")
        return Aggregation(output or "count", None, FUNCTIONS[function])
    field = name_of(subject)
    return Aggregation(
        output or f"{function}({field})",
        lambda row, search: several(row.get(field)),
        FUNCTIONS[function],
    )


def _evaluated(function: str, subject: Tree[Token]) -> Callable[[Row, Search], tuple[Scalar, ...]]:
    """``count(eval(condition))`` counts where it is true; others look at what eval gives."""
    expression = compile_expression(subject.children[1])

    def values(row: Row, search: Search) -> tuple[Scalar, ...]:
        result = expression(search.scope(row))
        if isinstance(result, bool):
            if function not in ("count", "c"):
                raise Refused(f"{function}() of a condition")
            return (1,) if result else ()
        return several(result)

    return values
