"""From what a rule names to what a log source writes."""

from collections.abc import Iterator

from rekey.converters.registry import Expression, LogSourceFields, placeholders


def raw_fields(source: LogSourceFields, name: str) -> Iterator[str]:
    """Yield the raw fields on which a raw field, a derived field or a role rests in Elastic."""
    if name in source.fields:
        yield name
        return
    if name == "origin.network":
        yield from raw_fields(source, "origin.ip")
        return
    known = source.derived.get(name) or source.roles.get(name) or ()
    if isinstance(known, Expression):
        text = known.elastic if isinstance(known.elastic, str) else None
        known = tuple(placeholders(text)) if text else known.elastic_first
    for part in known:
        yield from raw_fields(source, part)
