"""What an action is given: one step of a run, as plan and journal know it."""

from collections.abc import Mapping
from datetime import datetime

from rekey.containment.call import Call
from rekey.containment.context import Context
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress
from rekey.containment.target import Facts


def call_of(step: PlannedStep, run: Progress, context: Context, cutoff: datetime | None) -> Call:
    """Give the call of a step that is to be carried out, or looked at."""
    return _call(step, run, context, cutoff, _earlier(step, run))


def undo_call_of(step: PlannedStep, run: Progress, context: Context) -> Call:
    """Give the call of a step that is to be undone: it knows its own facts too."""
    own = run.steps[step.id]
    earlier = {**_earlier(step, run), step.id: own.facts}
    return _call(step, run, context, own.cutoff, earlier)


def marker_of(run: str, step: str) -> str:
    """Give what everything carries that a step makes; the same after a crash."""
    return f"rekey-{run}-{step}".replace("_", "-")


def _call(
    step: PlannedStep, run: Progress, context: Context, cutoff: datetime | None,
    earlier: Mapping[str, Facts],
) -> Call:  # fmt: skip
    plan, own, target = run.plan, run.steps[step.id], step.target.target()
    return Call(
        target=target, run=plan.run, step=step.id, marker=marker_of(plan.run, step.id),
        before=own.before, intended_at=own.intended_at, cutoff=cutoff, since=plan.since,
        earlier=earlier, suspects=frozenset(plan.suspects), explained=run.known,
        presented=context.presented.get(target.id), store=context.store,
        destination=plan.destinations.get(target.id),
    )  # fmt: skip


def _earlier(step: PlannedStep, run: Progress) -> dict[str, Facts]:
    """Give the facts of the other steps on the same target."""
    return {
        one.id: run.steps[one.id].facts
        for one in run.plan.steps
        if one.target.id == step.target.id and one.id != step.id
    }
