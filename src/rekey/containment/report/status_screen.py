"""Where runs stand, on a screen."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.progress import Progress, Status, StepProgress
from rekey.containment.report.exposure_words import exposed_lines
from rekey.report.terminal_style import joined, labelled, lines, text
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
_OPEN: Final = frozenset({Status.UNPROVEN, Status.REFUSED, Status.FAILED, Status.BLOCKED})


def status_screen(run: Progress) -> RenderableType:
    """Draw one run."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Step", no_wrap=True)
    table.add_column("Stands", no_wrap=True)
    table.add_column("Proof", no_wrap=True)
    table.add_column("Effect, and why it is not done", overflow="fold")
    for step in run.plan.steps:
        own = run.steps[step.id]
        said = [text(step.title), text(step.target.id, "dim"), *_more(own)]
        table.add_row(
            text(step.id), Text(own.status, style=_STYLES[own.status]), text(own.grade or ""),
            joined(part for part in said if part.plain),
        )  # fmt: skip
    head = joined([text(f"run {run.plan.run}"), text(run.outcome, "bold")])
    blocks: list[RenderableType] = [head, Text(), table]
    if run.override:
        blocks.insert(0, text(emergency(run), "bold white on red"))
    about = labelled()
    for label, found in _about(run):
        about.add_row(label, lines(found))
    if about.row_count:
        blocks += [Text(), about]
    return Group(*blocks)


def emergency(run: Progress) -> str:
    """Say what an emergency set aside."""
    names = {"approval": "its approvers", "blast radius": "the people whom its radius asks for",
             "cool-down": "the cool-down"}  # fmt: skip
    aside = [names.get(one, one) for one in run.set_aside]
    what = (
        f"carried out without {' and '.join(aside)}" if aside else "declared, and not needed so far"
    )
    return f"EMERGENCY: {what}: {run.override}"


def _about(run: Progress) -> Iterator[tuple[str, list[Text]]]:
    ended, id = run.ended, run.plan.run
    if stray := [f"{one} ({step})" for step, own in run.steps.items() for one in sorted(own.stray)]:
        yield "Left behind", [text(f"{one}: made, and neither stored nor removed", "bold red")
                              for one in stray]  # fmt: skip
    if findings := run.findings:
        yield "Unexplained", [text(str(one), "bold") for one in findings]
    if not run.undoing and ended.exposed:
        yield "Exposed", exposed_lines(ended.exposed)
    if ended.remains:
        yield "Remains", [text(one) for one in ended.remains]
    if final := [step.id for step in run.plan.steps
                 if run.undoing and not step.reversible and run.steps[step.id].touched]:  # fmt: skip
        yield "Stays done", [text(f"{', '.join(final)}: cannot be taken back")]
    if ended.words == "undone in part":
        yield "Next", [text(f"mend what is said above, then `rekey contain undo {id}` again")]
    elif ended.words == "incomplete" and findings:
        yield "Next", [text(f"what is honest: `rekey contain explain {id} ID --reason … --key …`; what "
                            f"is not: end it; then `rekey contain resume {id}`")]  # fmt: skip
    elif ended.words == "incomplete":
        yield "Next", [text(f"mend what is said above, then `rekey contain resume {id}`")]


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


def _more(own: StepProgress) -> list[Text]:
    if own.status is Status.WAITING and own.due_at:
        return [text(f"due {when(own.due_at)} UTC", "bold")]
    if own.status not in _OPEN:
        return []
    return [text(own.reason, "bold", 600), text(own.hint or "", "", 600)]
