"""How a run ended: never better than what is proven, and than what the plan left open."""

from collections.abc import Mapping
from dataclasses import dataclass

from rekey.containment.exposure import Exposure, exposures
from rekey.containment.plan import Plan
from rekey.containment.standing import Status, StepProgress
from rekey.errors import ExitCode


@dataclass(frozen=True)
class Outcome:
    """Where a run stands.

    Attributes:
        words: as screens and reports say it.
        code: with which the command line ends.
        exposed: what stays usable, as far as the steps that are proven leave it.
        remains: ids of steps that an undoing has not taken back.
    """

    words: str
    code: ExitCode
    exposed: tuple[Exposure, ...] = ()
    remains: tuple[str, ...] = ()


def outcome_of(plan: Plan, steps: Mapping[str, StepProgress], *, undoing: bool) -> Outcome:
    """Judge a run by its plan and by where each of its steps stands."""
    exposed = tuple(exposures(plan, lambda id: steps[id].status is Status.VERIFIED))
    if undoing:
        remains = tuple(
            step.id for step in plan.steps
            if step.reversible and steps[step.id].touched and steps[step.id].status is not Status.UNDONE
        )  # fmt: skip
        if remains:
            return Outcome("undone in part", ExitCode.INCOMPLETE, exposed, remains)
        return Outcome("undone", ExitCode.OK, exposed)
    open_ = [steps[step.id].status for step in plan.steps if not steps[step.id].done]
    if any(status is not Status.WAITING for status in open_):
        return Outcome("incomplete", _stopped_by(set(open_)), exposed)
    goal = "contained" if plan.order == "contain" else "rotated"
    kinds = {one.kind for one in exposed}
    if "left out" in kinds:
        return Outcome(f"{goal} in part", ExitCode.INCOMPLETE, exposed)
    if "mint open" in kinds:
        goal = "cut" if plan.order == "contain" else goal
        return Outcome(f"{goal}, mint open", ExitCode.INCOMPLETE, exposed)
    if exposed or any(one.status is Status.RESIDUAL for one in steps.values()):
        return Outcome(f"{goal}, exposure remains", ExitCode.EXPOSED, exposed)
    return Outcome(f"{goal} and verified", ExitCode.OK)


def at_best(plan: Plan) -> str:
    """Say how a run of this plan ends when all of its steps are proven."""
    steps = {
        step.id: StepProgress(Status.VERIFIED if step.grace_seconds is None else Status.WAITING)
        for step in plan.steps
    }
    return outcome_of(plan, steps, undoing=False).words


def _stopped_by(open_: set[Status]) -> ExitCode:
    """Tell a run that a guard stopped from one in which something failed or is unproven."""
    only = {Status.REFUSED, Status.BLOCKED, Status.WAITING}
    return ExitCode.REFUSED if Status.REFUSED in open_ <= only else ExitCode.INCOMPLETE
