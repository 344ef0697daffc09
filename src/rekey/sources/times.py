"""Is this the time of an event?"""

import re
from datetime import datetime
from typing import Any, Final

_MIN_MS, _MAX_MS = 1_104_537_600_000, 4_102_444_800_000
"""2005-01-01 and 2100-01-01, before and after which none of these sources writes."""
_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d*)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
"""The forms that Python and DuckDB read alike."""


def is_sane_ms(value: Any) -> bool | None:
    """Judge milliseconds since 1970, also in digits; ``None`` if it is no time at all."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return _MIN_MS <= value < _MAX_MS if type(value) is int else None


def is_sane_text(value: Any) -> bool | None:
    """Judge an ISO 8601 time; ``None`` if it is no time at all."""
    if not isinstance(value, str) or _ISO.fullmatch(value) is None:
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return None
    return "2005" <= value[:4] < "2100"
