"""Log readiness: which sources were there, and where they fall silent."""

from datetime import UTC, datetime
from typing import Final

from rekey.case import SourceReadiness
from rekey.converters.registry import registry
from rekey.store import Store

LEAST_GAP: Final = 3600
"""Seconds; shorter silences are not told."""

UNUSUAL: Final = 50
"""A gap is told when it is this many times the median distance of two events."""

MOST_GAPS: Final = 5


def readiness(store: Store, now: datetime) -> tuple[SourceReadiness, ...]:
    """Describe every log source that rekey knows, present or not."""
    return tuple(_one(store, name, source.title, now) for name, source in registry().items())


def _one(store: Store, source: str, title: str, now: datetime) -> SourceReadiness:
    if source not in store.present:
        return SourceReadiness(source=source, present=False, events=0, first=None, last=None,
                               notes=(f"no {title} in the input",))  # fmt: skip
    events, dropped, first, last = store.extent(source)
    notes = []
    if dropped:
        notes.append(f"{dropped:,} records are duplicates, or the other half of a pair")
    if last and last > now:
        notes.append("some events lie in the future: a clock is wrong, here or there")
    return SourceReadiness(
        source=source, present=True, events=events, first=first, last=last,
        gaps=_gaps(store, source), notes=tuple(notes),
    )  # fmt: skip


def _gaps(store: Store, source: str) -> tuple[tuple[datetime, datetime], ...]:
    rows = store.db.execute(
        f"""WITH distances AS (
              SELECT lag(time) OVER (ORDER BY time) AS low, time AS high,
                     epoch(time - lag(time) OVER (ORDER BY time)) AS gap
              FROM {store.from_clause(source, frozenset())})
            SELECT low, high FROM distances
            WHERE gap > greatest({LEAST_GAP}, {UNUSUAL} * (SELECT median(gap) FROM distances))
            ORDER BY gap DESC LIMIT {MOST_GAPS}"""
    ).fetchall()
    return tuple(sorted((low.replace(tzinfo=UTC), high.replace(tzinfo=UTC)) for low, high in rows))
