"""Where runs stand, on a screen."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status, StepProgress
from rekey.containment.report.exposure_words import AS_PLANNED, exposed_lines
from rekey.containment.report.next_words import emergency, next_words
from rekey.containment.report.targets import targets
from rekey.report.terminal_style import joined, labelled, lines, text
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
_OPEN: Final = frozenset({Status.UNPROVEN, Status.REFUSED, Status.FAILED, Status.BLOCKED})
_LONG: Final = 600
"""Characters of a reason, which must not be cut off before it says what to do."""


def status_screen(run: Progress) -> RenderableType:
    """Draw one run."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Step", no_wrap=True)
    table.add_column("Stands", no_wrap=True)
    table.add_column("Proof", no_wrap=True)
    table.add_column("Effect, and why it is not done", overflow="fold")
    for step in run.plan.steps:
        own = run.steps[step.id]
        said = [text(step.title), text(_more(own, step), "bold", limit=_LONG)]
        table.add_row(
            text(step.id), Text(own.status, style=_STYLES[own.status]), text(own.grade or ""),
            joined((part for part in said if part.plain), ": "),
        )  # fmt: skip
    blocks: list[RenderableType] = [
        joined([text(f"run {run.plan.run}"), text(run.outcome, "bold")], "  "),
        targets(run.plan, whole=False), Text(), table,
    ]  # fmt: skip
    if run.override:
        blocks.insert(0, text(emergency(run), "bold white on red"))
    about = labelled()
    for label, found in _about(run):
        about.add_row(label, lines(found))
    if about.row_count:
        blocks += [Text(), about]
    if then := next_words(run):
        blocks += [Text(), *(text(one, limit=_LONG) for one in then)]
    return Group(*blocks)


def _about(run: Progress) -> Iterator[tuple[str, list[Text]]]:
    stray = [(one, step) for step, own in run.steps.items() for one in sorted(own.stray)]
    if stray:
        yield "Left behind", [
            text(f"{one}, made by {step}, and neither stored nor removed", "bold red")
            for one, step in stray
        ]  # fmt: skip
    if run.findings and not run.undoing:
        yield "Unexplained", [text(str(one), "bold") for one in run.findings]
    if run.ended.exposed and not run.undoing:
        yield "Exposed", [*exposed_lines(run.ended.exposed), text(AS_PLANNED, "dim")]


def _more(own: StepProgress, step: PlannedStep) -> str:
    if own.status is Status.WAITING and own.due_at:
        return f"due {when(own.due_at)} UTC"
    if own.status is Status.APPLIED and own.applied_at:
        counts = own.applied_at + timedelta(seconds=step.bound_seconds)
        return f"accepted at {clock(own.applied_at)} UTC; proofs count from {clock(counts)} on"
    return own.reason if own.status in _OPEN else ""


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
            text(run.plan.run), text(run.plan.case), text(run.plan.order),
            text(run.plan.requester), Text(when(run.started)), text(outcome),
        )  # fmt: skip
    return table
