"""The ``eql`` package's engine, taught that a field may hold several values.

A comparison holds if it does for any of them, and its negation if it does for none (since 7.15:
https://github.com/elastic/elasticsearch/pull/76610).
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

import eql
from eql.engine import Scope

FLAT: Final = ""
"""Key under which an event keeps its fields by dotted name, values of arrays in lists."""

Test = Callable[[Scope], Any]


class AnyValue(eql.PythonEngine):  # type: ignore[misc]  # the package has no types
    """Executes a query; comparisons look at each value of a field."""

    def _convert_comparison(self, node: Any) -> Test:
        return _for_any(node, super()._convert_comparison(node))

    def _convert_in_set(self, node: Any) -> Test:
        return _for_any(node, super()._convert_in_set(node))

    def _convert_function_call(self, node: Any) -> Test:
        return _for_any(node, super()._convert_function_call(node))


def event(ticks: int, fields: Mapping[str, Any]) -> eql.Event:
    """Make an event of fields by dotted name."""
    return eql.Event("any", ticks, {**_nested(fields), **fields, FLAT: fields})


def _for_any(node: Any, test: Test) -> Test:
    names = {".".join(map(str, n.full_path)) for n in node if isinstance(n, eql.ast.Field)}

    def callback(scope: Scope) -> Any:
        fields = scope.event.data[FLAT]
        several = {name: fields[name] for name in names if isinstance(fields.get(name), list)}
        if not several:
            return test(scope)
        return any(test(variant) for variant in _variants(scope, fields, several))

    return callback


def _variants(
    scope: Scope, fields: Mapping[str, Any], several: Mapping[str, list[Any]]
) -> Iterator[Scope]:
    for chosen in product(*several.values()):
        single = {**fields, **dict(zip(several, chosen, strict=True))}
        yield Scope([event(scope.event.time, single)], scope.variables)


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Spell dotted names out as objects."""
    made: dict[str, Any] = {}
    for name, value in fields.items():
        *holders, last = name.split(".")
        holder = made
        for key in holders:
            below = holder.setdefault(key, {})
            holder = below if isinstance(below, dict) else {}
        holder[last] = value
    return made
