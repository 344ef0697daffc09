"""Is this a plan that the planner could have made?

A plan is a file, and whoever may request one could write it by hand: valid for years, in an order of
his own, with effects called reversible that are not. What a plan says about actions is held against
what the providers say, before anything is done.
"""

from datetime import datetime

from rekey.containment.action_spec import ActionSpec, Phase
from rekey.containment.approval import NotApproved
from rekey.containment.break_glass import BreakGlass
from rekey.containment.guards import GuardRefused
from rekey.containment.order import rank
from rekey.containment.plan import Plan, PlannedStep
from rekey.containment.record import cleaned
from rekey.containment.settings import ContainmentSettings
from rekey.journal.ssh_signature import Signer


def check_plan(plan: Plan, settings: ContainmentSettings, now: datetime) -> None:
    """Check what a plan says of itself, before its run begins.

    Raises:
        NotApproved: the planner would not have made it.
    """
    if plan.created > now + settings.limits.clock_skew:
        raise NotApproved("the plan was made in the future: compare the clocks")
    if plan.expires - plan.created > settings.limits.plan_valid:
        raise NotApproved(f"the plan holds longer than {settings.limits.plan_valid}")
    if len({step.id for step in plan.steps}) != len(plan.steps):
        raise NotApproved("two steps of the plan have one name")
    for step in plan.steps:
        if (step.phase is Phase.DELETE) is not bool(step.grace_seconds):
            raise NotApproved(f"{step.id}: deleting waits for a grace time, and nothing else does")
    _check_order(plan)


def check_list(plan: Plan, listed: BreakGlass, before: BreakGlass, requester: Signer) -> None:
    """Check that the break-glass list is the plan's, is somebody else's, and what vanished is said.

    Args:
        plan: the plan.
        listed: the list that is in force.
        before: the one that was in force when the last run began.
        requester: who signed the request.

    Raises:
        NotApproved: it is not so.
    """
    if plan.lists != ({"break_glass": listed.sha256} if listed.sha256 else {}):
        raise NotApproved(
            "the break-glass list is not the one that the plan was made with",
            hint="Make a new plan.",
        )
    if plan.vanished != tuple(cleaned(listed.vanished(before.entries))):
        raise NotApproved(
            "the plan does not say which entries of the break-glass list have vanished",
            hint="Make a new plan: approvers must see it.",
        )
    signer = listed.signer
    if signer is not None and (
        signer.principals & requester.principals or signer.fingerprint == requester.fingerprint
    ):
        raise NotApproved(
            "the break-glass list is signed by whoever asks for the plan",
            hint="Nobody says alone what is protected from himself: let somebody else sign the "
            "list, or ask for the plan.",
        )


def check_step(step: PlannedStep, spec: ActionSpec) -> None:
    """Hold what a plan says of an action against what its provider says.

    Raises:
        GuardRefused: they differ.
    """
    said = (step.phase, step.title, step.mutates, step.reversible, step.calls)
    if said != (spec.phase, spec.title, spec.mutates, spec.reversible, spec.calls):
        raise GuardRefused("plan", f"it describes {step.action} otherwise than it is")
    watched = spec.propagation
    bounds = (watched.bound_seconds, watched.advised_seconds)
    if bounds != (step.bound_seconds, step.advised_seconds):
        raise GuardRefused(
            "plan",
            f"the settings let proofs of {step.action} count from {watched.bound_seconds} s on, "
            f"and the plan says {step.bound_seconds} s",
            hint="Make a new plan, or set propagation_seconds as it was.",
        )
    if step.target.kind not in spec.kinds:
        raise GuardRefused("plan", f"{step.action} does not take {step.target.kind}")


def _check_order(plan: Plan) -> None:
    """Phases stand in order, and each step waits for those before it on its own target."""
    ranks = [rank(plan.order, step.phase) for step in plan.steps]
    if ranks != sorted(ranks):
        raise NotApproved(f"the steps of the plan are not in the order of {plan.order}")
    for place, step in enumerate(plan.steps):
        before = {
            other.id
            for other, its in zip(plan.steps[:place], ranks, strict=False)
            if other.target == step.target
            and its < ranks[place]
            and other.phase is not Phase.EVIDENCE
        }
        if not before <= set(step.needs):
            raise NotApproved(f"{step.id} does not wait for what must be proven before it")
