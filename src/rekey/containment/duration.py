"""Lengths of time as people write them in files: ``90s``, ``10m``, ``1h``, ``7d``, ``4w``."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator

from rekey.site.model import Duration

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

DurationText = Duration
"""The text form, checked by its pattern."""


def parsed(text: str) -> timedelta:
    """Read a length of time that matches :data:`DurationText`."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _read(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not value[:-1].isdecimal() or value[-1:] not in _UNITS:
        raise ValueError("write a length of time as 90s, 10m, 1h, 7d or 4w")
    return parsed(value)


Length = Annotated[timedelta, BeforeValidator(_read)]
"""A length of time, read from its text form."""
