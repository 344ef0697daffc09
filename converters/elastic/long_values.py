"""Values that are too long to be indexed: what a query misses by them, and what it makes of it.

The caller chooses some values, and can make them as long as it likes. One that is too long is like one
that was never logged. Where every record has the field, its absence gives the attempt away: then it
counts as whatever a rule looks for.
"""

from collections.abc import Callable, Iterable, Iterator

from rekey.converters.elastic.compiled import Difference
from rekey.converters.elastic.condition import (
    And,
    Condition,
    Empty,
    Like,
    Not,
    Or,
    all_of,
    any_of,
    negate,
)
from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import LogSourceFields


def or_too_long(condition: Condition, source: LogSourceFields, schema: Schema) -> Condition:
    """Let a pattern that a rule looks for be met by a value that is too long.

    Patterns that keep a rule quiet are left: a value that is too long does not keep it quiet.
    """

    def hides(name: str) -> bool:
        if name not in source.fields or name not in source.required:
            return False
        field = schema.field(source, name)
        return field is not None and field.longest is not None

    return _met(condition, hides)


def _met(condition: Condition, hides: Callable[[str], bool], *, negated: bool = False) -> Condition:
    match condition:
        case And(parts):
            return all_of(_met(part, hides, negated=negated) for part in parts)
        case Or(parts):
            return any_of(_met(part, hides, negated=negated) for part in parts)
        case Not(part):
            return negate(_met(part, hides, negated=not negated))
        case Like(name, _) if not negated and hides(name):
            return any_of((condition, Empty(name)))
    return condition


def too_long(
    names: Iterable[str], source: LogSourceFields, schema: Schema, *, as_text: bool
) -> Iterator[Difference]:
    """Declare the values that are indexed up to some length only.

    Args:
        names: raw fields that are read.
        source: their log source.
        schema: how they are indexed.
        as_text: parts of objects are read in the text of the object.
    """
    for name in names:
        field = schema.field(source, name)
        limit = field and (field.longest_text if as_text else field.longest)
        if limit:
            whole = source.path(name)[0] if field and field.text else name
            yield Difference("too_long", f"{whole}: more than {limit:,} characters")
