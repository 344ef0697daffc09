"""What a replay found, and in how much of the logs."""

from dataclasses import dataclass, field
from datetime import date, datetime

from rekey.alert import Alert
from rekey.habit import Habit
from rekey.sources.interface import InputFile, Rejected


@dataclass(frozen=True)
class SourceCount:
    """What was read of one source: events that count, and records that did not."""

    source: str
    events: int
    dropped: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Outcome:
    """What a replay found.

    Attributes:
        not_evaluable: rule path → why these logs cannot decide it.
        in_part: rule path → of what these logs say too little, for rules that could be evaluated.
        learning: rule path and identity for each baseline that is not mature.
        mature: the same for each that is.
        rejected: reason → number of records set aside.
        first_rejected: the first of each reason.
        judged_on: the day on which time-limited entries of the site file were judged: that of
            ``time_to``, else of the last event; ``None`` if no event was read.
        expired: what to tell about entries that had ended by then.
        site: what the site file leaves out and changes, in words.
        habits: alerts that say nothing new, folded.
    """

    alerts: tuple[Alert, ...]
    not_evaluable: dict[str, str]
    learning: tuple[tuple[str, str], ...]
    sources: tuple[SourceCount, ...]
    rejected: dict[str, int]
    files: tuple[InputFile, ...]
    judged_on: date | None = None
    expired: tuple[str, ...] = ()
    mature: tuple[tuple[str, str], ...] = ()
    habits: tuple[Habit, ...] = ()
    in_part: dict[str, tuple[str, ...]] = field(default_factory=dict)
    site: tuple[str, ...] = ()
    first_rejected: tuple[Rejected, ...] = ()
