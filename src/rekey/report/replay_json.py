"""A replay for programs: alerts, and everything that tells what their absence is worth."""

import json

from rekey.replay import Outcome
from rekey.report.json_file import alerts_ndjson, habit_json


def outcome_json(outcome: Outcome) -> str:
    """Write a replay as one JSON document; ``alerts`` holds alerts of ``alert.v1.json``."""
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
        "exceptions_judged_on": outcome.judged_on.isoformat() if outcome.judged_on else None,
        "expired_exceptions": list(outcome.expired),
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
