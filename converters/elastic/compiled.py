"""What compiling a rule gives, and where that differs from the rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from rekey.converters.elastic.sight import Gap

DifferenceKind = Literal[
    "not_searchable", "coarse_window", "approximate_count", "repeats", "equal_times",
    "short_memory", "text_of_object", "analysed_text", "case", "delivered_twice",
    "refused_until_seen", "in_part", "late", "no_rerun", "too_long",
]  # fmt: skip

MEANING: Final[Mapping[DifferenceKind, str]] = {
    "not_searchable": "a field is not indexed or not readable here: it counts as never logged",
    "in_part": "of what it looks for, it does not see what rests on this field alone",
    "coarse_window": "the window is timespan + interval + delay long, so that events somewhat "
    "further apart than the timespan fire as well",
    "approximate_count": "distinct values are counted approximately beyond 3,000 of them",
    "repeats": "every run that finds the last event recent reports it, and the runs overlap",
    "equal_times": "of events with equal times only one order is tried",
    "short_memory": "what happened before the look-back is not known",
    "text_of_object": "parts of an object are looked for in its text, up to 8,191 characters, "
    "where another key of the same text may look alike",
    "analysed_text": "a field is analysed text: words count, not punctuation",
    "case": "case is ignored for ASCII letters only",
    "delivered_twice": "a record that is delivered twice is two documents, and counts or is reported "
    "twice",
    "refused_until_seen": "until a first document holds the field, Elasticsearch refuses the query "
    "and the rule shows an error; there is nothing to find before",
    "late": "an event that comes later than that after it happened is not seen, or too late to complete "
    "what the rule looks for",
    "too_long": "values of that length are not indexed",
    "no_rerun": "what is news is asked by the clock, so that a preview, or a manual run over the past, "
    "finds nothing",
}


@dataclass(frozen=True, order=True)
class Difference:
    """One way in which a compiled rule differs from the embedded engine."""

    kind: DifferenceKind
    detail: str = ""


@dataclass(frozen=True)
class Reading:
    """A condition as text that finds its events in Discover."""

    language: Literal["KQL", "ES|QL"]
    text: str


@dataclass(frozen=True)
class Compiled:
    """The part of a Kibana rule that decides."""

    body: Mapping[str, Any]
    """``type``, ``query``, ``language``, ``filters`` and what the type needs besides."""
    readings: tuple[Reading, ...]
    """The condition of each base rule, for people."""
    differences: tuple[Difference, ...]
    columns: tuple[str, ...] | None = None
    """Columns of an alert that say who it was; ``None`` where an alert is an event."""


def of_gaps(gaps: tuple[Gap, ...]) -> set[Difference]:
    """Declare what a query cannot see."""
    return {Difference("not_searchable", f"{gap.field}: {gap.reason}") for gap in gaps}
