"""Random small logs: few groups, few values, times on whole seconds around the edges of windows.

Ties, exact edges, duplicates, null groups and lines out of order are what makes them interesting.
The records are GitHub audit events: flat, times in milliseconds, an id that may be missing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st

from tests.oracle.windows import Event

BEGIN: Final = 1_793_577_600  # 2026-11-02T00:00:00Z
DAY: Final = 86_400
SPAN: Final = 60
"""Seconds of every window."""


_offsets = st.one_of(
    st.sampled_from((0, 0, 1, SPAN - 1, SPAN, SPAN + 1, 2 * SPAN)),
    st.sampled_from((DAY, DAY + SPAN, DAY + SPAN + 1, DAY + 2 * SPAN, 2 * DAY + 2 * SPAN + 1)),
    st.integers(0, 2 * SPAN),
)


def events(steps: int, *, overlapping: bool = False) -> st.SearchStrategy[list[Event]]:
    """Logs of events that match one of so many base rules, several if they overlap, or none."""
    matched = (
        st.frozensets(st.integers(0, steps - 1), max_size=steps)
        if overlapping
        else st.integers(0, steps).map(lambda step: frozenset({step} - {steps}))
    )
    made = st.builds(
        Event,
        id=st.integers(0, 30).map(str),
        time=_offsets,
        group=st.sampled_from(("a", "a", "a", "b", None, "")),
        value=st.sampled_from(("v", "v", "w", "x", None, "")),
        steps=matched,
    )
    return st.lists(made, min_size=4, max_size=12).map(_repeats_are_equal)


def _repeats_are_equal(log: Sequence[Event]) -> list[Event]:
    """An id names one event: records that share it are copies."""
    first: dict[str, Event] = {}
    return [first.setdefault(event.id, event) for event in log]


def record(event: Event) -> dict[str, Any]:
    """The audit record of an event.

    What it matches stands in ``action`` and, for events that match several, in flags.
    """
    return {
        "_document_id": event.id, "@timestamp": (BEGIN + event.time) * 1000,
        "action": "repo.access", "actor": event.group, "repo": event.value,
        "events": [f"step_{step}" for step in sorted(event.steps)],
    }  # fmt: skip


_clock: Final = st.sampled_from((0, 1, 43_200, DAY - 1))


def habits(days: int) -> st.SearchStrategy[list[Event]]:
    """Logs of days: who did what with which value, at the same few times of a day."""
    made = st.builds(
        lambda number, day, clock, group, value: Event(
            id=str(number), time=day * DAY + clock, group=group, value=value
        ),
        st.integers(0, 99),
        st.integers(0, days - 1),
        _clock,
        st.sampled_from(("a", "a", "a", "b", None, "")),
        st.sampled_from(("v", "v", "v", "w", "x", None)),
    )
    return st.lists(made, min_size=8, max_size=30).map(_repeats_are_equal)


def seconds(time: datetime) -> int:
    """Seconds after the beginning; the store's own times are UTC without saying so."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return int((aware - datetime.fromtimestamp(BEGIN, UTC)).total_seconds())
