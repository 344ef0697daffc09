"""The steps of a plan: forecast, observed, and each with what must be proven before it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from rekey.containment.action_spec import Phase
from rekey.containment.call import Call, Forecast, Observation
from rekey.containment.connections import action_of
from rekey.containment.duration import parsed
from rekey.containment.errors import ProviderError
from rekey.containment.found import Found, Request
from rekey.containment.interface import Action
from rekey.containment.order import Order, rank
from rekey.containment.plan import LeftOut, PlannedStep, PlannedTarget
from rekey.containment.playbook import StepSpec
from rekey.errors import RekeyError

_BEFORE_A_RUN = "plan"
"""Stands for the run in calls that are made before there is one."""

_CONTAINING = frozenset({Phase.CUT, Phase.SURVEY})
"""A plan without one of these, where its playbook has it, contains in part. A mint that is not
closed is told by the exposures of the plan."""


def planned_steps(
    found: Sequence[Found], request: Request, left: list[LeftOut]
) -> list[PlannedStep]:
    """Plan the steps of all targets, in the order of the plan.

    Raises:
        RekeyError: a playbook names an action that its provider lacks.
    """
    steps = [step for one in found for step in _steps(one, found, request, left)]
    optional = {one.step_id(spec) for one in found for spec in one.specs if spec.if_possible}
    steps = _without_orphans(steps, optional, left)
    steps.sort(key=lambda step: (rank(request.order, step.phase), number(step)))
    return steps


def number(step: PlannedStep) -> int:
    """Give the number of a step's target in the plan."""
    return int(step.id.partition("-")[0])


def _steps(
    one: Found, found: Sequence[Found], request: Request, left: list[LeftOut]
) -> Iterable[PlannedStep]:
    for spec in one.specs:
        action = _action(spec, one)
        call = Call(one.target, _BEFORE_A_RUN, spec.id, _BEFORE_A_RUN,
                    since=request.case.first, store=request.store)  # fmt: skip
        why = _no_store(spec, one, request)
        forecast = None if why else action.forecast(call)
        if forecast is None or forecast.impossible:
            reason = why or (forecast.impossible if forecast else "") or ""
            id = one.step_id(spec)
            second = _is_second(spec, one.specs)
            left.append(LeftOut(
                what=f"{id} of {one.target.id}", why=reason, playbook=one.playbook.name, step=id,
                exposure="none" if second else _exposure(spec.phase), second=second,
            ))  # fmt: skip
            continue
        needs = _needs(one, spec, found, request.order)
        # What only reads is not there to be looked at before: a right that its reading lacks costs
        # this step, when it is its turn, and not the plan.
        before = action.observe(call) if action.spec.mutates else Observation("absent", {})
        yield _step(spec, one, action, forecast, before, needs)


def _step(
    spec: StepSpec, one: Found, action: Action, forecast: Forecast, before: Observation,
    needs: tuple[str, ...],
) -> PlannedStep:  # fmt: skip
    known = action.spec
    until = forecast.residual_until
    if forecast.residual and not forecast.residual_endless:
        until = until or one.expires
    return PlannedStep(
        id=one.step_id(spec), action=spec.action, phase=spec.phase, title=known.title,
        target=PlannedTarget.of(one.target), playbook=one.playbook.name, needs=needs,
        calls=known.calls, mutates=known.mutates, reversible=known.reversible,
        holds_already=before.effect == "present",
        bound_seconds=known.propagation.bound_seconds,
        advised_seconds=known.propagation.advised_seconds,
        least=spec.least, grade=forecast.grade, if_presented=forecast.if_presented,
        because=forecast.because, breaks=forecast.breaks,
        residual_until=until, residual=forecast.residual,
        residual_endless=forecast.residual_endless,
        closes_mint=known.closes_mint, mint_open=forecast.mint_open,
        existing=tuple(sorted(before.existing)),
        grace_seconds=int(parsed(spec.after).total_seconds()) if spec.after else None,
    )  # fmt: skip


def _needs(one: Found, spec: StepSpec, found: Sequence[Found], order: Order) -> tuple[str, ...]:
    """Give the steps that must be proven before this one.

    Its own steps of earlier phases; for a cut, the closed mints of what it was minted from; and in
    a containment nothing new is issued before all that was minted from the old one is cut.
    Evidence is collected first, but what is gone already must not stop a cut.
    """
    place = rank(order, spec.phase)
    needed = [one.step_id(own) for own in one.specs
              if rank(order, own.phase) < place and own.phase is not Phase.EVIDENCE]  # fmt: skip
    for other in found:
        for step in other.specs:
            above = bool(other.credentials & one.ancestors)
            below = bool(one.credentials & other.ancestors)
            closes = above and spec.phase is Phase.CUT and step.phase is Phase.CLOSE_MINT
            ends = below and order == "contain" and step.phase in (Phase.CLOSE_MINT, Phase.CUT)
            if closes or (ends and place >= rank(order, Phase.ISSUE)):
                needed.append(other.step_id(step))
    return tuple(dict.fromkeys(needed))


def _without_orphans(
    steps: Sequence[PlannedStep], optional: Collection[str], left: list[LeftOut]
) -> list[PlannedStep]:
    """Take out what needs a step that is not in the plan, and what needs that.

    A step that was only asked for where it is possible is not missed.
    """
    planned = {step.id for step in steps}
    unmissed = set(optional) - planned
    kept = [
        step.model_copy(update={"needs": tuple(n for n in step.needs if n not in unmissed)})
        for step in steps
    ]
    while True:
        ids = {step.id for step in kept}
        gone = [step for step in kept if not set(step.needs) <= ids]
        if not gone:
            return kept
        for step in gone:
            missing = tuple(need for need in step.needs if need not in ids)
            left.append(LeftOut(
                what=f"{step.id}: {step.title}", why=f"needs {', '.join(missing)}, which is not in the plan",
                playbook=step.playbook, step=step.id, needs=missing,
                exposure=_exposure(step.phase),
            ))  # fmt: skip
        kept = [step for step in kept if step not in gone]


def _is_second(spec: StepSpec, specs: Sequence[StepSpec]) -> bool:
    """Say whether another step brings the effect about, and would be missed itself."""
    others = [one for one in specs if one.phase is spec.phase and not one.if_possible]
    return spec.if_possible and bool(others)


def _exposure(phase: Phase) -> Literal["none", "open"]:
    return "open" if phase in _CONTAINING else "none"


def _action(spec: StepSpec, one: Found) -> Action:
    where = f"playbook {one.playbook.name}: {spec.id}"
    try:
        action = action_of(one.provider, spec.action)
    except ProviderError as error:
        hint = "`rekey doctor --pack DIR` looks at all playbooks at once."
        raise RekeyError(f"{where}: {error.message}", hint=hint) from error
    if action.spec.phase is not spec.phase:
        raise RekeyError(f"{where}: {spec.action} is {action.spec.phase}, not {spec.phase}")
    if one.target.kind not in action.spec.kinds:
        raise RekeyError(f"{where}: {spec.action} does not take {one.target.kind}")
    return action


def _no_store(spec: StepSpec, one: Found, request: Request) -> str | None:
    """A secret that is made must have somewhere to go."""
    if spec.phase is not Phase.ISSUE:
        return None
    if request.store is None:
        return "no secret store is named (--store) for a new secret"
    places = [request.destinations[id] for id in sorted(one.credentials)
              if id in request.destinations]  # fmt: skip
    if not places:
        return f"no place in the store is named (--destination {one.selected.wanted.id}=PATH)"
    if why := request.store.unready(places[0]):
        return f"the store {request.store.name} cannot take it: {why}"
    return None
