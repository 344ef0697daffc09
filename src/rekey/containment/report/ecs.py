"""Effects as documents of the Elastic Common Schema 8.17, beside a section ``rekey`` of our own.

https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category#ecs-event-category-iam
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from rekey import __version__
from rekey.containment.action_spec import Phase
from rekey.containment.progress import Status
from rekey.containment.report.deeds import Deed, deeds
from rekey.containment.report.evidence import Evidence

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
    for deed in deeds(evidence):
        yield _document(deed, evidence)


def _document(deed: Deed, evidence: Evidence) -> dict[str, Any]:
    effect, people = deed.effect, _people(evidence)
    kind = "change" if deed.status is Status.UNDONE else _TYPE.get(Phase(effect.phase), "change")
    event = {
        "kind": "event", "category": ["iam"], "type": [kind, "user"], "dataset": DATASET,
        "module": "rekey", "provider": "rekey", "action": effect.action, "id": deed.id,
        "sequence": deed.last.seq, "outcome": _OUTCOME.get(deed.status, "unknown"),
        "start": _stamp(deed.began), "end": _stamp(effect.verified),
        "reason": deed.why,
    }  # fmt: skip
    containment = {
        "journal": evidence.journal, "run": evidence.run, "step": effect.step,
        "status": str(deed.status), "order": evidence.order, "case": evidence.case,
        "target": effect.target, "proof_grade": effect.grade,
        "approvers": ["/".join(names) for names in evidence.approvers],
        "requester": "/".join(evidence.requester), "override": evidence.override,
        "plan_digest": evidence.plan_digest, "run_outcome": evidence.outcome,
        "residual_until": _stamp(effect.residual_until),
    }  # fmt: skip
    return {
        "@timestamp": _stamp(deed.last.time),
        "ecs": {"version": VERSION},
        "message": f"{effect.title}: {deed.status}",
        "event": _known(event),
        "observer": {"vendor": "rekey", "product": "rekey", "version": __version__},
        "user": {"target": {"name": effect.identity}},
        "related": {"user": sorted({effect.identity, *people})},
        "rekey": {"containment": _known(containment)},
    }


def _people(evidence: Evidence) -> Iterator[str]:
    yield from evidence.requester
    for names in evidence.approvers:
        yield from names


def _stamp(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
