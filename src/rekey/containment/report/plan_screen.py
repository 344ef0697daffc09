"""A plan on one screen: what, why, in which order, what breaks, how it is proven, who must agree."""

from collections import Counter
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rekey.containment.plan import LeftOut, Plan, PlannedStep, Radius
from rekey.containment.proof import at_least
from rekey.report.terminal_style import joined, labelled, lines, text
from rekey.report.words import duration, plural, when


def plan_screen(plan: Plan, file: Path | None, signed: bool) -> RenderableType:
    """Draw a plan.

    Args:
        plan: the plan.
        file: where it was written; ``None`` for a mere dry run.
        signed: whether its requester has signed it.
    """
    head = Table.grid(padding=(0, 2))
    head.add_row(Text(f"{plan.order} ", style="bold"), text(f"case {plan.case}"),
                 Text(f"run {plan.run}", style="dim"))  # fmt: skip
    about = labelled()
    if plan.scopes:
        about.add_row("As", lines(
            text(f"{scope.principal} in {scope.provider} {scope.scope}") for scope in plan.scopes
        ))  # fmt: skip
    if plan.reason:
        about.add_row("Why", text(plan.reason))
    if plan.steps:
        about.add_row("Approvers", lines(_approvers(plan)))
        about.add_row("Blast", lines(_radius(one) for one in plan.radius))
    if broken := list(dict.fromkeys(what for step in plan.steps for what in step.breaks)):
        about.add_row("Breaks", lines(text(what) for what in broken))
    if hasty := _hasty(plan):
        about.add_row("Proofs", lines(hasty))
    about.add_row("Exposed", lines(_residual(plan)))
    if plan.left_out:
        about.add_row("Left out", lines(_left_out(one) for one in plan.left_out))
    about.add_row("Holds until", Text(f"{when(plan.expires)} UTC"))
    about.add_row("Digest", text(plan.digest))
    return Group(head, Text(), _steps(plan), Text(), about, Text(), _next(plan, file, signed))


def _steps(plan: Plan) -> RenderableType:
    if not plan.steps:
        return Text("Nothing can be done automatically; see what is left out.", style="bold")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Step", no_wrap=True)
    table.add_column("Effect, on what", ratio=1, overflow="fold")
    table.add_column("Proof", no_wrap=True)
    table.add_column("Undo", no_wrap=True)
    for step in plan.steps:
        table.add_row(Text(step.id), _effect(step), _proof(step), _undo(step))
    return table


def _effect(step: PlannedStep) -> Text:
    said = [text(step.title), text(step.target.id, "bold")]
    if step.holds_already and step.mutates:
        said.append(Text("(so already)", style="dim"))
    if step.grace_seconds is not None:
        from datetime import timedelta

        said.append(Text(f"after {duration(timedelta(seconds=step.grace_seconds))}", style="dim"))
    return joined(said)


def _proof(step: PlannedStep) -> Text:
    enough = at_least(step.grade, step.least)
    return Text(step.grade, style="" if enough else "bold red") if enough else Text(
        f"{step.grade}, needs {step.least}", style="bold red"
    )  # fmt: skip


def _undo(step: PlannedStep) -> Text:
    if not step.mutates:
        return Text("reads", style="dim")
    return Text("yes") if step.reversible else Text("no", style="bold yellow")


def _approvers(plan: Plan) -> list[Text]:
    why = dict.fromkeys(reason for one in plan.radius for reason in one.because)
    number = f"{plural(plan.approvers, 'person', 'people')} besides {plan.requester}"
    return [joined([text(number, "bold"), text(f"({', '.join(why)})" if why else "", "dim")])]


def _radius(one: Radius) -> Text:
    known = "unknown" if one.dependents is None else plural(len(one.dependents), "dependent")
    callers = "callers unknown" if one.callers is None else plural(one.callers, "caller")
    said = [f"{known}, {callers} in 24 h"]
    said += [name for name, value in (("privileged", one.privileged), ("production", one.production))
             if value]  # fmt: skip
    said += [f"{name} unknown" for name, value in (("privilege", one.privileged),
                                                   ("production", one.production)) if value is None]  # fmt: skip
    names = f" ({', '.join(one.dependents)})" if one.dependents else ""
    return joined([text(one.target, "bold"), text(", ".join(said) + names)])


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


def _residual(plan: Plan) -> list[Text]:
    """Say what stays usable, until when; the longest first."""
    exposed = [step for step in plan.steps if step.residual]
    exposed.sort(key=lambda step: str(step.residual_until or "9999"), reverse=True)
    said = [
        text(f"{step.residual}, {f'until {when(step.residual_until)} UTC' if step.residual_until else 'without end'}")
        for step in exposed
    ]  # fmt: skip
    if plan.left_out:
        said.append(Text("what is left out below stays as it is", style="bold yellow"))
    return said or [Text("nothing, once every step is proven")]


def _left_out(one: LeftOut) -> Text:
    by_hand = f"  by hand: playbook {one.playbook}" if one.playbook else ""
    return joined([text(one.what, "bold"), text(one.why), Text(by_hand, style="dim")])


def _next(plan: Plan, file: Path | None, signed: bool) -> Text:
    counts = Counter(step.mutates for step in plan.steps)
    if not plan.steps:
        return Text("")
    if file is None:
        return Text(f"A dry run: nothing was changed and nothing written. {counts[True]} effects; "
                    "--out FILE --as NAME --key KEY makes it a request.", style="dim")  # fmt: skip
    if not signed:
        return Text(f"Wrote {file}. It cannot be carried out until its requester signs it (--key).")
    if plan.approvers:
        return Text(f"Next: `rekey contain approve {file} --key KEY`, by "
                    f"{plural(plan.approvers, 'person', 'people')}; then `rekey contain run {file}`.")  # fmt: skip
    return Text(f"Next: `rekey contain run {file}`.")
