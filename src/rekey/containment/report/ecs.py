"""Effects as documents of the Elastic Common Schema 8.17, beside a section ``rekey`` of our own.

https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category#ecs-event-category-iam
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, Final, Literal

from rekey import __version__
from rekey.containment.action_spec import Phase
from rekey.containment.progress import Status
from rekey.containment.report.effect_event import EffectEvent, effect_events, known
from rekey.containment.report.evidence import Evidence
from rekey.journal.interface import stamp

VERSION: Final = "8.17.0"
DATASET: Final = "rekey.containment"

_TYPE: Final[Mapping[Phase, str]] = {Phase.ISSUE: "creation", Phase.DELETE: "deletion"}
"""Of ``event.type``; everything else changes something."""

_OUTCOME: Final[Mapping[Status, Literal["success", "failure"]]] = {
    Status.VERIFIED: "success", Status.UNDONE: "success",
    Status.REFUSED: "failure", Status.FAILED: "failure", Status.RESIDUAL: "failure",
}  # fmt: skip
"""What is accepted and not proven is unknown."""


def documents(evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Write one document for each effect that was begun or refused."""
    yield from map(_document, effect_events(evidence))


def _document(event: EffectEvent) -> dict[str, Any]:
    effect, run = event.effect, event.evidence
    undone = event.status is Status.UNDONE
    people = {effect.identity, *run.requester, *chain.from_iterable(run.approvers)}
    return known({
        "@timestamp": stamp(event.last.time),
        "ecs": {"version": VERSION},
        "message": event.message,
        "event": {
            "kind": "event", "category": ["iam"], "dataset": DATASET, "module": "rekey",
            "type": ["change" if undone else _TYPE.get(Phase(effect.phase), "change"), "user"],
            "provider": "rekey", "action": effect.action, "id": event.id,
            "sequence": event.last.seq, "outcome": _OUTCOME.get(event.status, "unknown"),
            "start": _stamp(event.began), "end": _stamp(effect.verified), "reason": event.why,
        },
        "observer": {"vendor": "rekey", "product": "rekey", "version": __version__},
        "user": {"target": {"name": effect.identity}},
        "related": {"user": sorted(people)},
        "rekey": {"containment": {
            "journal": run.journal, "run": run.run, "step": effect.step,
            "status": str(event.status), **event.context,
        }},
    })  # fmt: skip


def _stamp(time: datetime | None) -> str | None:
    return stamp(time) if time else None
