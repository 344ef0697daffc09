"""Where a run stands, for programs."""

from dataclasses import asdict
from typing import Any

from rekey.containment.progress import Progress, Status


def status_json(run: Progress) -> dict[str, Any]:
    """Give where a run stands as plain JSON."""
    ended = run.ended
    return {
        "run": run.plan.run, "case": run.plan.case, "order": run.plan.order,
        "outcome": ended.words, "exit_code": int(ended.code), "override": run.override,
        "set_aside": list(run.set_aside),
        "exposed": [
            asdict(one) | {"until": one.until.isoformat() if one.until else None}
            for one in ended.exposed
        ],
        "left_out": [one.model_dump(mode="json") for one in run.plan.left_out],
        "findings": [one.document() for one in run.findings],
        "remains": list(ended.remains),
        "steps": [
            {
                "id": step.id, "title": step.title, "target": step.target.id,
                "status": own.status.value, "grade": own.grade.value if own.grade else None,
                "due_at": own.due_at.isoformat() if own.due_at else None,
                "reason": own.reason if _open(own.status) else "",
                "stray": sorted(own.stray),
            }
            for step, own in ((step, run.steps[step.id]) for step in run.plan.steps)
        ],
    }  # fmt: skip


def _open(status: Status) -> bool:
    return status in (Status.UNPROVEN, Status.REFUSED, Status.FAILED, Status.BLOCKED)
