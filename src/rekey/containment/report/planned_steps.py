"""The steps of a plan in their order, those of several targets that do the same in one row."""

from datetime import timedelta
from itertools import groupby
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.plan import Plan, PlannedStep
from rekey.containment.proof import at_least
from rekey.report.terminal_style import joined, text
from rekey.report.words import duration

_PRESENTED: Final = "*"
_NOTE: Final = f"{_PRESENTED} where what was stolen is presented to the run: --present TARGET"


def planned_steps(plan: Plan) -> RenderableType:
    """Draw the steps: effect, the grade of proof that can be reached, and whether it is undone."""
    if not plan.steps:
        return Text("Nothing can be done automatically; see what is left out.", style="bold")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Step", overflow="fold")
    table.add_column("Effect", overflow="fold")
    table.add_column("Proof", no_wrap=True)
    table.add_column("Undo", no_wrap=True)
    for (name, effect, proof, undo), alike in groupby(plan.steps, _row):
        numbers = ",".join(step.id.partition("-")[0] for step in alike)
        table.add_row(text(f"{numbers}-{name}"), effect, proof, undo)
    if any(step.if_presented for step in plan.steps):
        return Group(table, Text(_NOTE, style="dim"))
    return table


def _row(step: PlannedStep) -> tuple[str, Text, Text, Text]:
    return step.id.partition("-")[2], _effect(step), _proof(step), _undo(step)


def _effect(step: PlannedStep) -> Text:
    said = [text(step.title)]
    if step.holds_already and step.mutates:
        said.append(Text("(so already)", style="dim"))
    if step.grace_seconds is not None:
        said.append(Text(f"after {duration(timedelta(seconds=step.grace_seconds))}", style="dim"))
    return joined(said)


def _proof(step: PlannedStep) -> Text:
    better = f", {step.if_presented}{_PRESENTED}" if step.if_presented else ""
    if at_least(step.grade, step.least):
        return text(f"{step.grade}{better}")
    return text(f"{step.grade}{better}; needs {step.least}", "bold red")


def _undo(step: PlannedStep) -> Text:
    if not step.mutates:
        return Text("reads", style="dim")
    return Text("yes") if step.reversible else Text("no", style="bold yellow")
