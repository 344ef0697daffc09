"""What a rule looks for, in words; and text of rules as Markdown that stays what it is."""

import re
from collections.abc import Mapping
from typing import Any, Final

from rekey.converters.lint.rule_file import Item, Part, RuleFile, mapping, sequence

GENERATED: Final = "<!-- Written by `rekey rules docs`; change the rule instead. -->"

VERBS: Final[Mapping[str, str]] = {
    "contains": "contains",
    "startswith": "begins with",
    "endswith": "ends with",
    "cidr": "lies in",
    "gt": "is greater than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "fieldref": "equals the field",
}

KINDS: Final[Mapping[str, str]] = {
    "single": "single event",
    "event_count": "count in a sliding window",
    "value_count": "distinct values in a sliding window",
    "temporal": "several acts in any order",
    "temporal_ordered": "sequence of acts",
    "first_seen": "first seen",
    "dormant": "dormant identity",
}


def tags(rule: RuleFile, namespace: str) -> list[str]:
    """Give the names of a rule's tags in a namespace."""
    prefix = f"{namespace}."
    known = [str(tag) for tag in sequence(rule.head.data.get("tags"))]
    return [tag.removeprefix(prefix) for tag in known if tag.startswith(prefix)]


def selections(part: Part) -> list[str]:
    """Describe the selections of a detection, one line each, and its condition."""
    found: dict[str, dict[tuple[str | int, ...], list[str]]] = {}
    for item in part.items():
        # Lines of one mapping hold together; mappings in a list are alternatives.
        block = found.setdefault(item.identifier, {}).setdefault(tuple(item.steps[:-1]), [])
        block.append(item_words(item))
    lines = []
    for name, blocks in found.items():
        alternatives = [" **and** ".join(block) for block in blocks.values()]
        lines.append(f"- {code(name)}: {'; **or** '.join(alternatives)}")
    condition = part.detection.get("condition")
    return lines if [condition] == list(found) else [*lines, f"- together: {code(condition)}"]


def item_words(item: Item) -> str:
    """Describe one line of a selection."""
    field = code(item.field)
    verb = next((VERBS[name] for name in item.modifiers if name in VERBS), "is")
    if item.values == [None]:
        return f"{field} is absent"
    joined = ", ".join("absent" if value is None else code(value) for value in item.values)
    if len(item.values) > 1:
        return f"{field} {verb} {'all' if 'all' in item.modifiers else 'one'} of {joined}"
    return f"{field} {verb} {joined}"


def code(value: object) -> str:
    """Set a value as code, as YAML writes it, whatever backticks and lines it holds."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = re.sub(r"\s*[\r\n]\s*", " ", text)
    ticks = "`" * (_longest_run(text) + 1)
    # One blank on both sides is taken off again; it parts the value from the ticks around it.
    blank = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) or not text else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def fenced(text: str, language: str) -> str:
    """Set text as a block of code, between fences that nothing within it can close."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def plain(text: str) -> str:
    """Set text as text on one line: nothing in it is markup."""
    return re.sub(r"([\\`*_<\[\]|~&])", r"\\\1", " ".join(text.split()))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def decision(rule: RuleFile) -> str:
    """Say when the rule fires."""
    if not rule.correlations:
        return "It fires on each such event."
    correlation = rule.head.correlation
    condition = mapping(correlation.get("condition"))
    within = f"within {duration(correlation.get('timespan'))}"
    identity = _identity(correlation)
    directives = rule.head.directives
    if "first_seen" in directives:
        told = mapping(directives["first_seen"])
        return (
            f"It fires when {identity} shows a value of `{condition.get('field')}` that it has not "
            f"shown for {duration(told.get('history'))}, once that identity has been watched for "
            f"{duration(told.get('maturity'))} and {told.get('min_events', 50)} events."
        )
    if "dormant" in directives:
        told = mapping(directives["dormant"])
        return (
            f"It fires on the first event of {identity} after a silence longer than "
            f"{duration(told.get('gap'))} and than {told.get('factor', 3)} times its longest "
            "silence before."
        )
    names = [f"`{name}`" for name in sequence(correlation.get("rules"))]
    return {
        "event_count": f"It fires when {condition.get('gte')} or more such events of {identity} "
        f"fall {within}.",
        "value_count": f"It fires when {identity} shows {condition.get('gte')} or more different "
        f"values of `{condition.get('field')}` {within}.",
        "temporal": f"It fires when {' and '.join(names)} happen for {identity} {within}, in any "
        "order.",
        "temporal_ordered": f"It fires when {', then '.join(names)} happen for {identity} "
        f"{within}, in this order.",
    }[str(correlation.get("type"))]


def _identity(correlation: dict[str, Any]) -> str:
    keys = " and ".join(f"`{key}`" for key in sequence(correlation.get("group-by")))
    return f"one {keys}"


def duration(span: object) -> str:
    """Write ``10m`` as "10 minutes"."""
    units = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
    text = str(span)
    number, unit = text[:-1], units.get(text[-1:], "")
    return f"{number} {unit}{'' if number == '1' else 's'}" if unit else text
