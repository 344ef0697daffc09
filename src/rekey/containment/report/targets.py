"""The targets of a plan, each under the number that begins the ids of its steps."""

from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.plan import Plan, PlannedTarget, Radius
from rekey.report.terminal_style import joined, lines, text
from rekey.report.words import plural

_NAMED: Final = 1
"""Dependents that are named, where there are more; the plan's JSON names all."""


def targets(plan: Plan, *, whole: bool) -> RenderableType:
    """Draw the targets.

    Args:
        plan: of which.
        whole: with what else stops, and how many people that asks for.
    """
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(ratio=1, overflow="fold")
    for number, target, radius in _numbered(plan):
        head = [text(target.id, "bold"), text(target.kind.replace("_", " "), "dim")]
        if whole:
            head.append(Text(f"→ {plural(radius.approvers, 'approver')}", style="bold"))
        said = [joined(head)]
        if target.identity != target.id:
            said.append(joined([Text("of", style="dim"), text(target.identity)]))
        if whole:
            said.append(text(_weight(radius)))
            if stops := "; ".join(_stops(plan, number)):
                said.append(joined([Text("stops", style="dim"), text(stops)]))
        grid.add_row(str(number), lines(said))
    return grid


def _numbered(plan: Plan) -> Iterator[tuple[int, PlannedTarget, Radius]]:
    """Give each target with its number; the plan weighs them in the order of their numbers."""
    found = {number_of(step.id): step.target for step in plan.steps}
    for (number, target), radius in zip(sorted(found.items()), plan.radius, strict=True):
        yield number, target, radius


def number_of(step: str) -> int:
    """Give the number of a step's target."""
    return int(step.partition("-")[0])


def _stops(plan: Plan, number: int) -> list[str]:
    own = [step for step in plan.steps if number_of(step.id) == number]
    return list(dict.fromkeys(what for step in own for what in step.breaks))


def _weight(one: Radius) -> str:
    """Say what else hangs on a target, and whatever else asks for people."""
    said = [_dependents(one), _callers(one)]
    for name, value in (("privileged", one.privileged), ("production", one.production)):
        said += [name] if value else [f"{name}: unknown"] if value is None else []
    said += [why for why in one.because if why not in said and not _told(why)]
    return ", ".join(said)


def _told(why: str) -> bool:
    """Say whether a reason repeats a figure."""
    return "dependent" in why or "caller" in why


def _dependents(one: Radius) -> str:
    if one.dependents is None:
        return "dependents unknown"
    more = len(one.dependents) - _NAMED
    named = [*one.dependents[:_NAMED], *([f"{more} more"] if more > 0 else [])]
    return plural(len(one.dependents), "dependent") + (f" ({', '.join(named)})" if named else "")


def _callers(one: Radius) -> str:
    known = "callers unknown" if one.callers is None else plural(one.callers, "caller")
    return f"{known} in 24 h"
