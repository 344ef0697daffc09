"""Where runs stand, on a screen and for programs."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.progress import Progress, Status, StepProgress
from rekey.report.terminal_style import joined, text
from rekey.report.words import when

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
    table.add_column("Effect, and why it is not done", ratio=1, overflow="fold")
    for step in run.plan.steps:
        own = run.steps[step.id]
        said = [text(step.title), text(step.target.id, "dim"), text(_more(own), "bold")]
        table.add_row(
            Text(step.id), Text(own.status, style=_STYLES[own.status]), Text(own.grade or ""),
            joined(part for part in said if part.plain),
        )  # fmt: skip
    blocks: list[RenderableType] = [
        joined([Text(f"run {run.plan.run}"), Text(run.outcome, style="bold")]), Text(), table,
    ]  # fmt: skip
    if run.override:
        warning = f"EMERGENCY: carried out without its approvers: {run.override}"
        blocks.insert(0, text(warning, "bold white on red"))
    if run.outcome == "incomplete":
        blocks += [Text(), Text(f"Next: mend what is said above, then `rekey contain resume "
                                f"{run.plan.run}`.")]  # fmt: skip
    return Group(*blocks)


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


def _more(own: StepProgress) -> str:
    if own.status is Status.WAITING and own.due_at:
        return f"due {when(own.due_at)} UTC"
    return own.reason if _open(own) else ""
