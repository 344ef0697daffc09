"""Effects as OCSF Remediation Activity (class 7001), as the Open Cybersecurity Schema Framework 1.3 has it.

https://schema.ocsf.io/1.3.0/classes/remediation_activity
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rekey import __version__
from rekey.containment.action_spec import Phase
from rekey.containment.progress import Status
from rekey.containment.report.effect_event import EffectEvent, effect_events, known
from rekey.containment.report.evidence import Evidence

VERSION: Final = "1.3.0"
_CATEGORY, _CLASS = 7, 7001

_EVICT, _RESTORE, _HARDEN = (2, "Evict"), (3, "Restore"), (4, "Harden")

_ACTIVITY: Final[Mapping[Phase, tuple[int, str]]] = {
    Phase.CLOSE_MINT: _EVICT, Phase.CUT: _EVICT, Phase.DELETE: _EVICT,
    Phase.ISSUE: _HARDEN, Phase.DISTRIBUTE: _HARDEN,
}  # fmt: skip
"""Tactics of MITRE D3FEND: credentials are evicted, and changed for others."""

_TECHNIQUE: Final = {
    "Evict": {"uid": "D3-CE", "name": "Credential Eviction"},
    "Harden": {"uid": "D3-CRO", "name": "Credential Rotation"},
}
"""https://d3fend.mitre.org/"""

_UNKNOWN, _SUCCESS, _FAILURE = (0, "Unknown"), (1, "Success"), (2, "Failure")
_PARTIAL, _UNSUPPORTED = (4, "Partial"), (5, "Unsupported")

_STATUS: Final[Mapping[Status, tuple[int, str]]] = {
    Status.VERIFIED: _SUCCESS, Status.UNDONE: _SUCCESS,
    Status.APPLIED: _PARTIAL, Status.UNPROVEN: _PARTIAL, Status.WAITING: _PARTIAL,
    Status.REFUSED: _FAILURE, Status.FAILED: _FAILURE,
    Status.RESIDUAL: _UNSUPPORTED,
}  # fmt: skip
"""A success is an effect that is proven, never one that a provider has only accepted."""

_INFORMATIONAL, _HIGH = (1, "Informational"), (4, "High")
_RESOURCE_UID, _USER_NAME = (10, "Resource UID"), (4, "User Name")


def remediation_activities(evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Write one event for each effect that was begun or refused; times are milliseconds."""
    yield from map(_activity, effect_events(evidence))


def _activity(event: EffectEvent) -> dict[str, Any]:
    effect, run = event.effect, event.evidence
    undone = event.status is Status.UNDONE
    activity_id, activity = _RESTORE if undone else _ACTIVITY[Phase(effect.phase)]
    status_id, status = _STATUS.get(event.status, _UNKNOWN)
    severity_id, severity = _INFORMATIONAL if status_id == _SUCCESS[0] else _HIGH
    return known({
        "category_uid": _CATEGORY, "category_name": "Remediation",
        "class_uid": _CLASS, "class_name": "Remediation Activity",
        "activity_id": activity_id, "activity_name": activity,
        "type_uid": _CLASS * 100 + activity_id,
        "type_name": f"Remediation Activity: {activity}",
        "severity_id": severity_id, "severity": severity,
        "status_id": status_id, "status": status, "status_detail": event.why,
        "time": _milliseconds(event.last.time),
        "start_time": _milliseconds(event.began), "end_time": _milliseconds(effect.verified),
        "message": event.message,
        "command_uid": f"{run.run}/{effect.step}",
        "countermeasures": [_countermeasure(activity)],
        "metadata": {
            "version": VERSION, "uid": event.id, "correlation_uid": run.run,
            "sequence": event.last.seq, "log_name": run.journal,
            "product": {"name": "rekey", "vendor_name": "rekey", "version": __version__},
        },
        "observables": [
            _observable("unmapped.target", _RESOURCE_UID, effect.target),
            _observable("unmapped.identity", _USER_NAME, effect.identity),
        ],
        "unmapped": {"action": effect.action, "identity": effect.identity, **event.context},
    })  # fmt: skip


def _countermeasure(activity: str) -> dict[str, Any]:
    return known({"d3f_tactic": {"name": activity}, "d3f_technique": _TECHNIQUE.get(activity)})


def _observable(name: str, kind: tuple[int, str], value: str) -> dict[str, Any]:
    return {"name": name, "type_id": kind[0], "type": kind[1], "value": value}


def _milliseconds(time: datetime | None) -> int | None:
    return int(time.timestamp() * 1000) if time else None
