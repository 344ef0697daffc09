"""A condition of the oracle as the detection of a Sigma rule."""

from typing import Any

from tests.oracle.condition import And, Condition, Not, Or, Test


def detection(condition: Condition) -> dict[str, Any]:
    """Write each test as a selection of its own, and join them as the tree does."""
    selections: dict[str, Any] = {}
    text = _joined(condition, selections)
    return selections | {"condition": text}


def _joined(condition: Condition, selections: dict[str, Any]) -> str:
    match condition:
        case Not(inner):
            return f"not ({_joined(inner, selections)})"
        case And(parts):
            return "(" + " and ".join(_joined(part, selections) for part in parts) + ")"
        case Or(parts):
            return "(" + " or ".join(_joined(part, selections) for part in parts) + ")"
        case Test():
            name = f"seen_{len(selections)}"
            selections[name] = _selection(condition)
            return name


def _selection(test: Test) -> dict[str, Any]:
    key = "|".join(
        part for part in (test.field, test.modifier, "all" if test.every else None) if part
    )
    return {key: list(test.values) if len(test.values) > 1 else test.values[0]}
