"""Where runs stand, on a screen and for programs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.plan import PlannedStep
from rekey.containment.progress import DONE, Progress, Status, StepProgress
from rekey.containment.report.left_out import for_people
from rekey.containment.report.targets import targets
from rekey.report.terminal_style import joined, text
from rekey.report.words import clock, when

_STYLES: Final[dict[Status, str]] = {
    Status.VERIFIED: "green",
    Status.RESIDUAL: "yellow",
    Status.WAITING: "cyan",
    Status.UNDONE: "cyan",
    Status.PENDING: "dim",
    Status.BLOCKED: "dim",
    Status.INTENDED: "bold yellow",
    Status.APPLIED: "bold yellow",
    Status.UNPROVEN: "bold red",
    Status.REFUSED: "bold red",
    Status.FAILED: "bold red",
}


def status_screen(run: Progress) -> RenderableType:
    """Draw one run."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Step", no_wrap=True)
    table.add_column("Stands", no_wrap=True)
    table.add_column("Proof", no_wrap=True)
    table.add_column("Effect, and why it is not done", overflow="fold")
    for step in run.plan.steps:
        own = run.steps[step.id]
        said = [text(step.title), text(_more(own, step), "bold", limit=600)]
        table.add_row(
            Text(step.id), Text(own.status, style=_STYLES[own.status]), Text(own.grade or ""),
            joined((part for part in said if part.plain), ": "),
        )  # fmt: skip
    blocks: list[RenderableType] = [
        joined([Text(f"run {run.plan.run}"), Text(run.outcome, style="bold")], "  "),
        targets(run.plan, whole=False), Text(), table,
    ]  # fmt: skip
    if run.override:
        warning = f"EMERGENCY: carried out without waiting for anybody: {run.override}"
        blocks.insert(0, text(warning, "bold white on red"))
    return Group(*blocks, *_next(run))


def _next(run: Progress) -> list[Text]:
    """Say what is left to do, and with which command."""
    said = []
    if run.started and not run.finished:
        said.append(f"Under way since {when(run.started)} UTC. If its process died: `rekey contain "
                    f"resume {run.plan.run}`.")  # fmt: skip
    if run.finished and run.outcome == "incomplete":
        how = (
            f"undo {run.plan.run} --reason TEXT --key KEY"
            if run.undoing
            else (f"resume {run.plan.run}")
        )
        said.append(f"Next: mend what is said above, then `rekey contain {how}`.")
    if run.outcome == "undone" and (kept := _kept(run)):
        said.append(f"Cannot be taken back: {', '.join(kept)}.")
    waiting = [own.due_at for own in run.steps.values() if own.status is Status.WAITING]
    if due := min((at for at in waiting if at), default=None):
        said.append(f"Due {when(due)} UTC: `rekey contain resume --due`, then or from cron.")
    if run.outcome != "undone" and (left := for_people(run.plan.left_out)):
        things = ", ".join(dict.fromkeys(one.playbook for one in left if one.playbook))
        said.append(f"Left to people, as the plan says{f': playbooks {things}' if things else ''}.")
    return [Text(), *(text(one, limit=600) for one in said)] if said else []


def _kept(run: Progress) -> list[str]:
    """Give the effects that an undoing leaves as they are."""
    return [
        step.id for step in run.plan.steps
        if step.mutates and run.steps[step.id].ours and run.steps[step.id].status in DONE
    ]  # fmt: skip


def runs_screen(runs: Sequence[Progress]) -> RenderableType:
    """List runs, the newest last."""
    if not runs:
        return Text("The journal holds no run.")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("Run", "Case", "Order", "Requested by", "Started", "Stands"):
        table.add_column(column, overflow="fold")
    for run in runs:
        outcome = f"{run.outcome} (EMERGENCY)" if run.override else run.outcome
        table.add_row(
            Text(run.plan.run), text(run.plan.case), Text(run.plan.order),
            text(run.plan.requester), Text(when(run.started)), Text(outcome),
        )  # fmt: skip
    return table


def status_json(run: Progress) -> dict[str, Any]:
    """Give where a run stands as plain JSON."""
    return {
        "run": run.plan.run, "case": run.plan.case, "order": run.plan.order,
        "outcome": run.outcome, "override": run.override,
        "steps": [
            {
                "id": step.id, "title": step.title, "target": step.target.id,
                "status": own.status.value, "grade": own.grade.value if own.grade else None,
                "due_at": own.due_at.isoformat() if own.due_at else None,
                "reason": own.reason if _open(own) else "",
            }
            for step, own in ((step, run.steps[step.id]) for step in run.plan.steps)
        ],
    }  # fmt: skip


def _open(own: StepProgress) -> bool:
    return own.status in (Status.UNPROVEN, Status.REFUSED, Status.FAILED, Status.BLOCKED)


def _more(own: StepProgress, step: PlannedStep) -> str:
    if own.status is Status.WAITING and own.due_at:
        return f"due {when(own.due_at)} UTC"
    if own.status is Status.APPLIED and own.applied_at:
        counts = own.applied_at + timedelta(seconds=step.bound_seconds)
        return f"accepted at {clock(own.applied_at)} UTC; proofs count from {clock(counts)} on"
    return own.reason if _open(own) else ""
