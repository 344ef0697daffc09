"""RK201 … RK215: the part of Sigma that every engine carries out alike."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import Part, RuleFile, sequence
from rekey.site.portable import MODIFIERS

REASONS: Final[Mapping[str, str]] = {
    "re": "Elastic anchors expressions and knows no ^ $ or (?i): use contains, startswith, …",
    "cased": "values compare case-insensitively; Splunk cannot do otherwise",
    "exists": "write `field: null` for absence, and `not` with it for presence",
}
TYPES: Final = ("event_count", "value_count", "temporal", "temporal_ordered")
SELECTOR: Final = re.compile(r"\b(?:1|any|all)\s+of\s+([\w*]+)")
KEYWORDS: Final = frozenset({"and", "or", "not", "of", "all", "any", "1", "them"})


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Check every document against the portable subset."""
    for part in rule.events:
        yield from _items(part)
        yield from _condition(part)
    for part in rule.correlations:
        yield from _correlation(part, {other.name for other in rule.correlations})
        yield from _threshold(part)


def _items(part: Part) -> Iterator[Finding]:
    for item in part.items():
        place = part.place(*item.steps)
        if item.field is None:
            yield Finding("RK202", place, f"{item.identifier} searches for words without a field")
        for modifier in item.modifiers:
            if modifier not in MODIFIERS | {"fieldref"}:
                message = f"the modifier {modifier!r} is not portable"
                yield Finding("RK201", place, message, REASONS.get(modifier))
        if any(isinstance(value, str) and not value.strip() for value in item.values):
            yield Finding("RK211", place, f"{item.field} is compared with the empty string")
        yield from _numeric(part, item.field, item.modifiers, item.steps)


def _numeric(part: Part, field: str | None, modifiers: tuple[str, ...], steps: Any) -> Any:
    if part.source is None or not {"gt", "gte", "lt", "lte"} & set(modifiers):
        return
    known = part.source.fields.get(field or "")
    if known is not None and known.type not in ("integer", "number"):
        yield Finding("RK210", part.place(*steps), f"{field} is of type {known.type}")


def _condition(part: Part) -> Iterator[Finding]:
    condition = part.detection.get("condition")
    if "timeframe" in part.detection:
        yield Finding("RK215", part.place("detection", "timeframe"), "carries a time frame")
    if not isinstance(condition, str):
        yield Finding(
            "RK215", part.place("detection", "condition"), "the condition is not one text"
        )
        return
    place = part.place("detection", "condition")
    identifiers = [name for name in part.detection if name not in ("condition", "timeframe")]
    used: set[str] = set()
    for pattern in SELECTOR.findall(condition):
        matches = _matches(pattern, identifiers)
        used |= matches
        if not matches:
            yield Finding("RK205", place, f"no identifier fits {pattern!r}")
    used |= set(re.findall(r"[\w-]+", SELECTOR.sub(" ", condition))) - KEYWORDS
    for name in identifiers:
        if name.startswith("not"):
            yield Finding("RK204", part.place("detection", name), f"{name!r} begins with 'not'")
        elif name not in used:
            yield Finding("RK212", part.place("detection", name), f"{name!r} is not used")


def _matches(pattern: str, identifiers: list[str]) -> set[str]:
    if pattern == "them":
        return set(identifiers)
    expression = re.compile(re.escape(pattern).replace(r"\*", ".*"))
    return {name for name in identifiers if expression.fullmatch(name)}


def _correlation(part: Part, correlations: set[str]) -> Iterator[Finding]:
    correlation = part.correlation
    if correlation.get("type") not in TYPES:
        yield Finding("RK214", part.place("correlation", "type"), "is of no portable type")
    if not sequence(correlation.get("group-by")):
        yield Finding("RK209", part.place("correlation"), "is not grouped")
    if not re.fullmatch(r"[1-9][0-9]*[smhdw]", str(correlation.get("timespan"))):
        place = part.place("correlation", "timespan")
        yield Finding("RK213", place, "has no time span such as 90s, 10m, 1h, 30d or 2w")
    if any(str(name) in correlations for name in sequence(correlation.get("rules"))):
        yield Finding("RK208", part.place("correlation", "rules"), "refers to a correlation")


def _threshold(part: Part) -> Iterator[Finding]:
    kind, condition = part.correlation.get("type"), part.correlation.get("condition")
    place = part.place("correlation", "condition")
    if kind in ("temporal", "temporal_ordered"):
        if condition is not None:
            yield Finding("RK206", place, "a sequence takes no condition", "Remove it.")
        return
    if not isinstance(condition, dict) or set(condition) - {"field"} != {"gte"}:
        yield Finding("RK206", place, "the threshold is not written with `gte`")
        return
    count = condition["gte"]
    if isinstance(count, bool) or not isinstance(count, int):
        yield Finding("RK206", place, "the threshold is no whole number")
    elif count < (2 if kind == "value_count" else 1):
        yield Finding("RK206", place, f"every event reaches a threshold of {count}")
    if kind == "value_count" and not isinstance(condition.get("field"), str):
        yield Finding("RK207", place, "does not count one field")
