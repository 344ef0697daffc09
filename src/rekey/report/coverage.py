"""How much of the time range a log source covers, as bars of a small picture."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.case import SourceReadiness
from rekey.report.words import in_utc

WIDTH: Final = 100.0
_LEAST: Final = 0.6
"""A gap is drawn at least this wide: it must be seen even where it is short."""


@dataclass(frozen=True)
class Part:
    """A part of the range, in units of :data:`WIDTH` for the whole."""

    x: float
    width: float


@dataclass(frozen=True)
class Coverage:
    """One source: where it has logs, and the gaps in them."""

    source: SourceReadiness
    logged: Part | None
    gaps: tuple[Part, ...]


def coverage(source: SourceReadiness, whole: tuple[datetime, datetime] | None) -> Coverage:
    """Lay out what a source covers of the whole time range of the input."""
    if whole is None or source.first is None or source.last is None:
        return Coverage(source, None, ())
    return Coverage(
        source,
        _part(source.first, source.last, whole),
        tuple(_part(start, end, whole) for start, end in source.gaps),
    )


def _part(start: datetime, end: datetime, whole: tuple[datetime, datetime]) -> Part:
    length = (in_utc(whole[1]) - in_utc(whole[0])).total_seconds() or 1.0

    def place(time: datetime) -> float:
        share = (in_utc(time) - in_utc(whole[0])).total_seconds() / length
        return WIDTH * min(1.0, max(0.0, share))

    return Part(place(start), max(_LEAST, place(end) - place(start)))
