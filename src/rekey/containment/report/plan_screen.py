"""A plan on one screen: what, why, in which order, what stops, how it is proven, who must agree."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.plan import Plan, PlannedScope, PlannedStep
from rekey.containment.proof import at_least
from rekey.containment.report.left_out import Left, for_people, over
from rekey.containment.report.targets import targets
from rekey.report.terminal_style import joined, labelled, lines, short, text
from rekey.report.words import duration, plural, when

_ID: Final = 32
"""Characters of an id among what is left out; the plan's JSON holds it whole."""


def plan_screen(plan: Plan, file: Path | None, signed: bool) -> RenderableType:
    """Draw a plan.

    Args:
        plan: the plan.
        file: where it was written; ``None`` for a mere dry run.
        signed: whether its requester has signed it.
    """
    head = joined([Text(plan.order, style="bold"), text(f"case {plan.case}"),
                   Text(f"run {plan.run}", style="dim")], "  ")  # fmt: skip
    about = labelled()
    if plan.reason:
        about.add_row("Why", text(plan.reason))
    if plan.scopes:
        about.add_row("As", lines(text(_scope(one)) for one in plan.scopes))
    if plan.steps:
        about.add_row("Approvers", _approvers(plan))
    rest = labelled()
    if hasty := _hasty(plan):
        rest.add_row("Proofs", lines(hasty))
    rest.add_row("Exposed", lines(_exposed(plan)))
    if left := for_people(plan.left_out):
        rest.add_row("Left out", lines(_left(one) for one in left))
    if gone := over(plan.left_out):
        rest.add_row("Expired", joined((short(one, _ID) for one in gone), ", "))
    rest.add_row("Digest", text(plan.digest))
    rest.add_row("Holds until", Text(f"{when(plan.expires)} UTC"))
    body: list[RenderableType] = [head, about, Text()]
    if plan.steps:
        body += [targets(plan, whole=True), Text()]
    return Group(*body, _steps(plan), Text(), rest, *_next(plan, file, signed))


def _steps(plan: Plan) -> RenderableType:
    if not plan.steps:
        return Text("Nothing can be done automatically; see what is left out.", style="bold")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Step", no_wrap=True)
    table.add_column("Effect", overflow="fold")
    table.add_column("Proof", no_wrap=True)
    table.add_column("Undo", no_wrap=True)
    for step in plan.steps:
        table.add_row(Text(step.id), _effect(step), _proof(step), _undo(step))
    return table


def _effect(step: PlannedStep) -> Text:
    said = [text(step.title)]
    if step.holds_already and step.mutates:
        said.append(Text("(so already)", style="dim"))
    if step.grace_seconds is not None:
        said.append(Text(f"after {duration(timedelta(seconds=step.grace_seconds))}", style="dim"))
    return joined(said)


def _proof(step: PlannedStep) -> Text:
    if at_least(step.grade, step.least):
        return Text(step.grade)
    return Text(f"{step.grade}, needs {step.least}", style="bold red")


def _undo(step: PlannedStep) -> Text:
    if not step.mutates:
        return Text("reads", style="dim")
    return Text("yes") if step.reversible else Text("no", style="bold yellow")


def _scope(one: PlannedScope) -> str:
    """Say as whom; most principals name their account themselves."""
    where = "" if one.scope in one.principal else f" in {one.provider} {one.scope}"
    return one.principal + where


def _approvers(plan: Plan) -> Text:
    besides = f"besides {plan.requester}" if plan.requester else "besides who asks"
    return text(f"{plural(plan.approvers, 'person', 'people')} {besides}", "bold")


def _hasty(plan: Plan) -> list[Text]:
    """Say where a site lets proofs count sooner than is advised."""
    found = dict.fromkeys(
        (step.bound_seconds, step.advised_seconds) for step in plan.steps if step.advised_seconds
    )
    return [
        text(f"count from {bound} s after an effect on, as this site has set; {advised} s are "
             "advised", "bold yellow")
        for bound, advised in found
    ]  # fmt: skip


def _exposed(plan: Plan) -> list[Text]:
    """Say what stays usable, until when; the longest first."""
    exposed = [step for step in plan.steps if step.residual]
    exposed.sort(key=lambda step: str(step.residual_until or "9999"), reverse=True)
    said = [text(f"{step.residual}, {_until(step)}") for step in exposed]
    if for_people(plan.left_out):
        said.append(Text("what is left out stays as it is", style="bold yellow"))
    return said or [Text("nothing, once every step is proven")]


def _until(step: PlannedStep) -> str:
    return f"until {when(step.residual_until)} UTC" if step.residual_until else "without end"


def _left(one: Left) -> Text:
    then = f", and so {', '.join(one.then)}" if one.then else ""
    what = joined((short(each, _ID, "bold") for each in one.what), ", ")
    by_hand = Text(f"→ {one.playbook}" if one.playbook else "", style="dim")
    said = [joined([what, Text(f"{then}:")], ""), text(one.why), by_hand]
    return joined(part for part in said if part.plain)


def _next(plan: Plan, file: Path | None, signed: bool) -> list[Text]:
    if not plan.steps:
        return []
    if file is None:
        said = ("A dry run: nothing was changed, and nothing written. --out FILE --as NAME --key "
                "KEY makes it a request.")  # fmt: skip
    elif not signed:
        said = f"Wrote {file}. It cannot be carried out until its requester signs it (--key)."
    elif plan.approvers:
        said = (f"Next: `rekey contain approve {file} --key KEY`, by "
                f"{plural(plan.approvers, 'person', 'people')}; then `rekey contain run {file}`.")  # fmt: skip
    else:
        said = f"Next: `rekey contain run {file}`."
    return [Text(), text(said, limit=600)]
