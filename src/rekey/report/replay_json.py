"""A replay for programs: alerts, and everything that tells what their absence is worth."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from rekey.alert import Alert
from rekey.case import RejectedRecord
from rekey.habit import Habit
from rekey.outcome import Outcome
from rekey.report.json_file import alerts_ndjson, habit_json


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Learner(_Frozen):
    """An identity that a rule learns about."""

    rule: str
    """``<product>/<rule>``."""
    identity: str


class Source(_Frozen):
    """What was read of one log source."""

    source: str
    events: int
    """Those that count."""
    dropped: int
    """Duplicates, halves of pairs, and what came after ``--to``."""
    first: datetime | None
    last: datetime | None


class ReplayDocument(_Frozen):
    """What ``rekey replay --format json`` writes. Schema version 1."""

    schema_version: Literal[1] = 1
    alerts: tuple[Alert, ...]
    habits: tuple[Habit, ...]
    """Alerts that say nothing new, folded."""
    not_evaluable: dict[str, str]
    """Rule → why these logs cannot decide it."""
    evaluable_in_part: dict[str, tuple[str, ...]]
    """Rule → of what these logs say too little."""
    learning: tuple[Learner, ...]
    """Identities that are too young to be surprised at."""
    mature: tuple[Learner, ...]
    sources: tuple[Source, ...]
    rejected: dict[str, int]
    """Reason → number of records that were set aside."""
    first_rejected: tuple[RejectedRecord, ...]
    """The first of each reason."""
    exceptions_judged_on: date | None
    """The day on which the site's time-limited exceptions were judged."""
    expired_exceptions: tuple[str, ...]
    """Exceptions that had ended by then, in words."""
    site_in_force: tuple[str, ...]
    """What the site file left out and changed, in words."""


def outcome_json(outcome: Outcome) -> str:
    """Write a replay as one JSON document, valid against ``replay.v1.json``."""
    document = {
        "schema_version": 1,
        "alerts": [json.loads(line) for line in alerts_ndjson(outcome.alerts)],
        "habits": [habit_json(habit) for habit in outcome.habits],
        "not_evaluable": outcome.not_evaluable,
        "evaluable_in_part": {path: list(gaps) for path, gaps in outcome.in_part.items()},
        "learning": [{"rule": rule, "identity": identity} for rule, identity in outcome.learning],
        "mature": [{"rule": rule, "identity": identity} for rule, identity in outcome.mature],
        "sources": [
            {
                "source": source.source,
                "events": source.events,
                "dropped": source.dropped,
                "first": source.first.isoformat() if source.first else None,
                "last": source.last.isoformat() if source.last else None,
            }
            for source in outcome.sources
        ],
        "rejected": outcome.rejected,
        "first_rejected": [asdict(one) for one in outcome.first_rejected],
        "exceptions_judged_on": outcome.judged_on.isoformat() if outcome.judged_on else None,
        "expired_exceptions": list(outcome.expired),
        "site_in_force": list(outcome.site),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
