"""What stands in the text of an object if a field within it has a value.

What lies below a heavy key is not read of every event, but the object's text is at hand where a rule
asks for parts of it. DuckDB writes that text anew, with no escapes but those of quotation marks,
backslashes and control characters; so it holds each text that its fields hold, but for these.
"""

import re
from typing import Final

from sigma.types import SigmaString, SigmaType

from rekey.converters.duckdb.condition import folded
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import LogSourceFields

_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]')

_NUMERAL: Final = re.compile(r"[0-9.e+-]*")
"""What a number may look like: that has more ways to be written than one."""


def mention(source: LogSourceFields, field: str, value: SigmaType) -> str | None:
    """Write what the text of a heavy object holds, if a field within it has a value.

    Args:
        source: the log source; its heavy keys are columns of JSON.
        field: a raw field below one of them.
        value: as a rule asks for it.

    Returns:
        SQL that holds wherever the condition does; ``None`` if there is nothing that must stand there.
    """
    if field not in source.fields or not isinstance(value, SigmaString):
        return None
    pieces = [piece for part in value.s if isinstance(part, str) for piece in _ESCAPED.split(part)]
    piece = folded(max(pieces, key=len, default=""))
    if _NUMERAL.fullmatch(piece):
        return None
    root = name(source.path(field)[0].removesuffix("[]"))
    return f"coalesce(contains(lower(CAST({root} AS VARCHAR)), {literal(piece)}), false)"
