"""Lengths of time as people write them in files: ``90s``, ``10m``, ``1h``, ``7d``, ``4w``."""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

from rekey.site.model import Duration

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_AT_MOST: Final = timedelta(days=3653)
"""Added to a time, more would leave the calendar sooner or later."""

_WRITTEN: Final = re.compile(r"[0-9]{1,6}[smhdw]")
"""Unlike :data:`DurationText` it may be none at all."""

DurationText = Duration
"""The text form, checked by its pattern."""


def parsed(text: str) -> timedelta:
    """Read a length of time that matches :data:`DurationText`."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _read(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
        raise ValueError("write a length of time as 90s, 10m, 1h, 7d or 4w")
    if (length := parsed(value)) > _AT_MOST:
        raise ValueError("write a length of time of at most ten years")
    return length


Length = Annotated[timedelta, BeforeValidator(_read)]
"""A length of time, read from its text form."""


def _some(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("write a length of time above zero")
    return length


SomeLength = Annotated[Length, AfterValidator(_some)]
"""A length of time that is not over at once."""
