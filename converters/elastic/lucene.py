"""Lucene's syntax inside ES|QL's QSTR: it sees what ES|QL does not.

Those are the several values of a field, the presence of a flattened key, and a field that perhaps
no index maps yet, whose very name ES|QL refuses.
https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/search-functions/qstr
https://www.elastic.co/docs/reference/query-languages/query-dsl/regexp-syntax
"""

from collections.abc import Iterable
from typing import Final

from rekey.converters.elastic.condition import Empty, Equals, Like, Test, Unsupported, Wildcard
from rekey.converters.elastic.dsl import NUMBERS
from rekey.converters.elastic.quoting import literal
from rekey.converters.elastic.schema import Indexed

NOT_MAPPED: Final = "not mapped in every index"

_ANY: Final = {Wildcard.MANY: ".*", Wildcard.ONE: "."}


def search(name: str, values: Iterable[str]) -> str:
    """Look for one of several values."""
    wanted = " OR ".join(literal(value) for value in values)  # Lucene's quotes are the same
    return f"QSTR({literal(f'{_name(name)}:({wanted})')})"


def exists(name: str) -> str:
    """Ask whether a field holds anything."""
    return search("_exists_", [name])


def mentions(name: str) -> tuple[str, ...]:
    """Write how a field is named in the texts that this module makes."""
    return (f"{_name(name)}:", f"_exists_:({literal(name)})")


def can_look_up(test: Test, field: Indexed) -> bool:
    """Say whether :func:`look_up` can carry out a test."""
    return isinstance(test, Equals | Like | Empty) and field.type in (
        "keyword",
        "boolean",
        *NUMBERS,
    )


def look_up(test: Test, field: Indexed) -> str:
    """Test a field that perhaps no index maps.

    Raises:
        Unsupported: :func:`can_look_up` says no.
    """
    match test:
        case Empty():
            return f"NOT {exists(field.name)}"
        case Like(_, (Wildcard.MANY,)):
            return exists(field.name)
        case Equals(_, value) if field.type != "keyword":
            return search(field.name, [value.lower()])
        case Equals(_, value):
            return _fits(field.name, (value,))
        case Like(_, parts):
            return _fits(field.name, parts)
    raise Unsupported(f"{test.field}: {NOT_MAPPED}")


def _fits(name: str, parts: tuple[str | Wildcard, ...]) -> str:
    return f"QSTR({literal(f'{_name(name)}:/{_expression(parts)}/')})"


def _expression(parts: tuple[str | Wildcard, ...]) -> str:
    """Write an anchored regular expression that ignores case, which Lucene itself minds."""
    return "".join(
        _ANY[part] if isinstance(part, Wildcard) else "".join(map(_letter, part)) for part in parts
    )


def _letter(letter: str) -> str:
    if letter.isascii() and letter.isalpha():
        return f"[{letter.lower()}{letter.upper()}]"
    return letter if letter.isalnum() or letter in " _" else f"\\{letter}"


def _name(name: str) -> str:
    return "".join(each if each.isalnum() or each in "._" else f"\\{each}" for each in name)
