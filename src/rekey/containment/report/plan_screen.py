"""A plan on one screen: what, why, in which order, what stops, how it is proven, who must agree."""

from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from rekey.containment.exposure import exposures
from rekey.containment.outcome import at_best
from rekey.containment.plan import Plan, PlannedScope
from rekey.containment.report.exposure_words import exposed_lines
from rekey.containment.report.left_out import Left, for_nobody, for_people
from rekey.containment.report.planned_steps import planned_steps
from rekey.containment.report.targets import targets
from rekey.report.terminal_style import joined, labelled, lines, short, text
from rekey.report.words import plural, when

_ID: Final = 32
"""Characters of an id among what is left out; the plan's JSON holds it whole."""

_NAMED: Final = 2
"""Credentials that are named where many ask for nothing for one reason."""


def plan_screen(plan: Plan, file: Path | None, signed: bool) -> RenderableType:
    """Draw a plan.

    Args:
        plan: the plan.
        file: where it was written; ``None`` for a mere dry run.
        signed: whether its requester has signed it.
    """
    head = joined([text(plan.order, "bold"), text(f"case {plan.case}"),
                   text(f"run {plan.run}", "dim")], "  ")  # fmt: skip
    about = labelled()
    if plan.reason:
        about.add_row("Why", text(plan.reason))
    if plan.scopes:
        about.add_row("As", lines(text(_scope(one)) for one in plan.scopes))
    if plan.steps:
        about.add_row("Approvers", _approvers(plan))
    rest = labelled()
    if hasty := _hasty(plan):
        rest.add_row("Proofs", hasty)
    if plan.vanished:
        rest.add_row("No longer", lines(_vanished(plan)))
    if plan.findings:
        rest.add_row("To explain", lines(text(str(one.finding())) for one in plan.findings))
    rest.add_row("Exposed", lines(exposed_lines(exposures(plan))))
    if left := for_people(plan.left_out):
        rest.add_row("Left out", lines(_left(one) for one in left))
    if gone := for_nobody(plan.left_out):
        rest.add_row("Besides", lines(_besides(one) for one in gone))
    if plan.steps:
        best = at_best(plan)
        rest.add_row("At best", text(best, "" if best.endswith("verified") else "bold yellow"))
    rest.add_row("Digest", text(plan.digest))
    body: list[RenderableType] = [head, about, Text()]
    if plan.steps:
        body += [targets(plan, whole=True), Text()]
    return Group(*body, planned_steps(plan), Text(), rest, *_next(plan, file, signed))


def _scope(one: PlannedScope) -> str:
    """Say as whom; most principals name their account themselves."""
    where = "" if one.scope in one.principal else f" in {one.provider} {one.scope}"
    said = f", which the case does not name: {one.named}, by who asks" if one.named else ""
    return one.principal + where + said


def _approvers(plan: Plan) -> Text:
    besides = f"besides {plan.requester}" if plan.requester else "besides who asks"
    said = text(f"{plural(plan.approvers, 'person', 'people')} {besides}", "bold")
    return joined([said, text(f"until {when(plan.expires)} UTC")], ", ")


def _hasty(plan: Plan) -> Text | None:
    """Say where a site lets proofs count sooner than is advised."""
    found = {
        (step.bound_seconds, step.advised_seconds) for step in plan.steps if step.advised_seconds
    }
    said = [f"{bound} s instead of {advised} s" for bound, advised in sorted(found)]
    if not said:
        return None
    return text(f"count early, as this site has set: {', '.join(said)} after an effect",
                "bold yellow")  # fmt: skip


def _vanished(plan: Plan) -> list[Text]:
    """Say whom the break-glass list protects no more: whoever signed it may have had a reason."""
    said = "protected by the break-glass list of the last run, and not by this one:"
    return [text(said, "bold red"), *(text(one, "bold red") for one in plan.vanished)]


def _left(one: Left) -> Text:
    then = f", and so {', '.join(one.then)}" if one.then else ""
    what = joined((short(each, _ID, "bold") for each in one.what), ", ")
    by_hand = text(f"→ {one.playbook}" if one.playbook else "", "dim")
    said = [joined([what, text(f"{then}:")], ""), text(one.why), by_hand]
    return joined(part for part in said if part.plain)


def _besides(one: Left) -> Text:
    names = [short(each, _ID, "dim") for each in one.what[:_NAMED]]
    if len(one.what) > _NAMED:
        names.append(Text(f"{len(one.what) - _NAMED} more", style="dim"))
    return joined([joined(names, ", "), text(one.why, "dim")], ": ")


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
