"""Quoting in ES|QL and EQL: the only ways in which a value or a name enters a query.

https://www.elastic.co/docs/reference/query-languages/esql/esql-syntax
https://www.elastic.co/docs/reference/query-languages/eql/eql-syntax
"""

import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_@][A-Za-z0-9_]*(\.[A-Za-z_@][A-Za-z0-9_]*)*")

_RESERVED: Final = frozenset({
    "and", "any", "as", "asc", "by", "desc", "false", "first", "from", "in", "is", "last",
    "like", "limit", "maxspan", "not", "null", "nulls", "of", "on", "or", "regex", "rlike",
    "runs", "sequence", "true", "until", "where", "with",
})  # fmt: skip
"""Words of either language; as a part of a name they need quotes."""


def literal(text: str) -> str:
    """Quote a value."""
    for letter, name in (("\\", "\\"), ('"', '"'), ("\t", "t"), ("\r", "r"), ("\n", "n")):
        text = text.replace(letter, f"\\{name}")
    return f'"{text}"'


def column(name: str) -> str:
    """Write a field's name, in backquotes where it needs them."""
    plain = _PLAIN.fullmatch(name) and not _RESERVED.intersection(name.lower().split("."))
    return name if plain else "`" + name.replace("`", "``") + "`"


def number(value: float) -> str:
    """Write a number, whole ones without a point."""
    return str(int(value)) if value.is_integer() else repr(value)
