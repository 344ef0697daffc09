"""Who it was: what an alert of an aggregation tells besides the keys of its group.

An ES|QL rule that aggregates gives rows and no events: what no column holds, no analyst sees. So the
values of those who took part are gathered, under the names of the indexed fields where that can be.
"""

from collections.abc import Iterator
from typing import Final

from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.named import Named
from rekey.converters.elastic.raw_fields import raw_fields
from rekey.converters.registry import Expression
from rekey.converters.rule import Rule

ROLES: Final = ("actor.id", "actor.name", "credential.id", "origin.ip", "target.id")

MOST_NAMES: Final = 5
"""A role that may stand in more fields than these is left out: most would be empty."""

SHOWN: Final = 20
"""Values of one face at most in an alert."""


def faces(rule: Rule, language: Esql, keys: tuple[Named, ...]) -> tuple[Named, ...]:
    """Give the columns that are gathered for a rule.

    Args:
        rule: the rule.
        language: of its log source.
        keys: columns by which the rule groups, or which it counts: they are there already.
    """
    there = {name for key in keys for name in (key.name, key.made) if name}
    found: dict[str, Named] = {}
    for name in dict.fromkeys((*rule.directives.entities.values(), *ROLES)):
        face = _face(language, name)
        if face and face.name not in there and face.made not in there:
            found.setdefault(face.name, face)
    return tuple(found.values())


def _face(language: Esql, name: str) -> Named | None:
    if len({*raw_fields(language.source, name)}) > MOST_NAMES:
        return None
    ways = list(dict.fromkeys(_ways(language, name)))
    if not ways:
        return None
    if len(ways) == 1:
        [way] = ways
        return way if way.made is None else Named(_column(name), way.made)
    values = (f"TO_STRING({way.made or way.column})" for way in ways)
    return Named(_column(name), f"COALESCE({', '.join(values)})")


def _ways(language: Esql, name: str) -> Iterator[Named]:
    """Yield what a role can be read from; a field that perhaps no index maps is none."""
    source = language.source
    known = source.derived.get(name) or source.roles.get(name) or ()
    if name in source.fields:
        if field := language.plain_field(name):
            yield Named(field.name, None)
        elif made := language.text_field(name):
            yield Named(name, made)
    elif isinstance(known, tuple):
        for part in known:
            yield from _ways(language, part)
    elif isinstance(known, Expression) and isinstance(known.elastic, str):
        raws = [*raw_fields(source, name)]
        if known.elastic == f"{{{raws[0]}}}":
            yield from _ways(language, raws[0])
            return
        fields = [language.schema.field(source, raw) for raw in raws]
        made = None if any(f and f.optional for f in fields) else language.value(name)
        if made:
            yield Named(name, made)
    elif isinstance(known, Expression):
        for part in known.elastic_first:
            yield from _ways(language, part)


def _column(name: str) -> str:
    return f"Esql.{name.replace('.', '_')}"
