"""The tree that the typed scan descends, and whether a record fits into it.

The store reads light fields with a strict typed scan: an object where text was expected is text to
it, but text where an object was expected fails the whole file. What no role of the event model
rests on is free-form to us, and not worth a rejection: there a misfit is set aside in the record.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rekey.converters.registry import Expression, LogSourceFields, placeholders
from rekey.sources.interface import Fault, Reason

MISFITS: Final = "rekey.misfits"
"""Key of a record that holds what did not fit, by path: evidence is moved, never dropped."""


@dataclass(slots=True)
class Node:
    """A key below which the scan descends."""

    path: str
    is_list: bool = False
    of_objects: bool = False
    """A list whose elements are descended into; otherwise any element will do."""
    essential: bool = False
    """A role, the key, the time or a required field lies below: without it the event is nothing."""
    below: "dict[str, Node]" = field(default_factory=dict)


def shape(source: LogSourceFields) -> Node:
    """Give everything that the scan descends into. Plain leaves take any value: left out."""
    root = Node("")
    essential = frozenset(_essential(source))
    for name in source.fields:
        path = source.path(name)
        if path[0].removesuffix("[]") in source.heavy:
            continue  # read as JSON of any shape
        node = root
        descended = path if path[-1].endswith("[]") else path[:-1]
        for depth, key in enumerate(descended):
            here = ".".join(path[: depth + 1])
            node = node.below.setdefault(key.removesuffix("[]"), Node(here))
            node.is_list |= key.endswith("[]")
            node.of_objects |= depth < len(path) - 1
            node.essential |= name in essential
    return root


def _essential(source: LogSourceFields) -> Iterator[str]:
    """Raw fields without which an event cannot be placed or attributed."""
    yield from (*source.required, *source.key, source.time, *source.pair_fields)
    for role in source.roles:
        yield from _raw(source, role)


def _raw(source: LogSourceFields, name: str) -> Iterable[str]:
    if name in source.fields:
        return (name,)
    value = source.roles.get(name) or source.derived.get(name) or ()
    parts = placeholders(value.duckdb or "") if isinstance(value, Expression) else value
    return [raw for part in parts if part != name for raw in _raw(source, part)]


def fit(holder: dict[str, Any], node: Node, record: dict[str, Any]) -> Fault | None:
    """Compare an object with what the scan expects of it, and all below."""
    for key, child in node.below.items():
        value = holder.get(key)
        if value is None:
            continue
        if child.is_list:
            if value.__class__ is not list:
                value = holder[key] = [value]
            if child.of_objects and (fault := _fit_all(value, child, record)) is not None:
                return fault
        elif value.__class__ is not dict:
            if child.essential:
                return Fault(Reason.WRONG_TYPE, f"{child.path} is {kind(value)}")
            _set_aside(record, child, value)
            holder[key] = None
        elif child.below and (fault := fit(value, child, record)) is not None:
            return fault
    return None


def _fit_all(elements: list[Any], node: Node, record: dict[str, Any]) -> Fault | None:
    for at, element in enumerate(elements):
        if element is None:
            continue
        if element.__class__ is not dict:
            if node.essential:
                return Fault(Reason.WRONG_TYPE, f"{node.path} holds {kind(element)}")
            _set_aside(record, node, element)
            elements[at] = None
        elif (fault := fit(element, node, record)) is not None:
            return fault
    return None


def _set_aside(record: dict[str, Any], node: Node, value: Any) -> None:
    record.setdefault(MISFITS, {}).setdefault(node.path, []).append(value)


def kind(value: Any) -> str:
    """Name the JSON type of a value, for messages."""
    match value:
        case None | bool():
            return "true, false or null"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case _:
            return "an object"
