"""RK301 … RK306: every field is real, readable and of the right type."""

from collections.abc import Iterator

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.rule_file import Item, Part, RuleFile, mapping, sequence
from rekey.converters.registry import LogSourceFields, has_field, is_redacted, like
from rekey.errors import Place


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Hold every field of a rule against the registry."""
    for part in rule.events:
        if part.source is None:
            yield Finding("RK301", part.place("logsource"), "no registry file describes the source")
            continue
        for item in part.items():
            if item.field is not None:
                place = part.place(*item.steps)
                if not _asks_for_presence(part.source, item):
                    yield from field_findings(part.source, item.field, place)
                yield from _values(part.source, item, place)
                yield from _compared_fields(part.source, item, place)
    for part in rule.correlations:
        yield from _correlation_fields(part, rule.bases)


def field_findings(source: LogSourceFields, field: str, place: Place) -> Iterator[Finding]:
    """Say what is wrong with naming a field of a log source in a rule."""
    if is_redacted(source, field):
        yield Finding("RK303", place, f"{field} holds a secret, which never enters the store")
    elif field in source.capability.never:
        yield Finding(
            "RK304", place, f"{source.name} never logs {field}", source.capability.never[field]
        )
    elif not has_field(source, field):
        hint = like(source, field)
        yield Finding("RK302", place, f"{source.name} has no field {field}", hint)


def _asks_for_presence(source: LogSourceFields, item: Item) -> bool:
    known = source.fields.get(item.field or "")
    return (
        known is not None
        and known.presence_only
        and not item.modifiers
        and all(value is None or str(value) == "*" for value in item.values)
    )


def _values(source: LogSourceFields, item: Item, place: Place) -> Iterator[Finding]:
    known = source.fields.get(item.field or "")
    if known is None or "fieldref" in item.modifiers:
        return
    if known.type in ("integer", "number"):
        wrong = [value for value in item.values if not _is_number(value)]
    elif known.type == "boolean":
        wrong = [value for value in item.values if str(value).lower() not in ("true", "false")]
    else:
        return
    if any(value is not None for value in wrong):
        yield Finding("RK306", place, f"{item.field} is of type {known.type}")


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return not isinstance(value, bool)


def _compared_fields(source: LogSourceFields, item: Item, place: Place) -> Iterator[Finding]:
    if "fieldref" in item.modifiers:
        for other in item.values:
            yield from field_findings(source, str(other), place)


def _correlation_fields(part: Part, bases: tuple[Part, ...]) -> Iterator[Finding]:
    correlation = part.correlation
    aliases = mapping(correlation.get("aliases"))
    names = {base.name for base in bases}
    for alias, fields in aliases.items():
        if mapping(fields).keys() != names:
            place = part.place("correlation", "aliases", alias)
            yield Finding("RK305", place, f"{alias} does not name a field for each base rule")
    for key in sequence(correlation.get("group-by")):
        yield from _resolved(part, str(key), bases, part.place("correlation", "group-by"))
    counted = mapping(correlation.get("condition")).get("field")
    if isinstance(counted, str):
        yield from _resolved(part, counted, bases, part.place("correlation", "condition"))


def _resolved(part: Part, key: str, bases: tuple[Part, ...], place: Place) -> Iterator[Finding]:
    by_base = mapping(mapping(part.correlation.get("aliases")).get(key))
    told: set[str] = set()
    for base in bases:
        if base.source is not None and base.source.name not in told:
            told.add(base.source.name)
            yield from field_findings(base.source, str(by_base.get(base.name, key)), place)
