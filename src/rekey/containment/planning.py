"""From a case to a plan. Reads only: a dry run is exactly this."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rekey.case import Case
from rekey.containment import guards
from rekey.containment.blast import approvers
from rekey.containment.break_glass import BreakGlass
from rekey.containment.connections import Connections, action_of
from rekey.containment.duration import parsed
from rekey.containment.interface import (
    Call,
    Connection,
    Phase,
    Provider,
    SecretStore,
    Target,
)
from rekey.containment.order import Order, rank
from rekey.containment.plan import (
    LeftOut,
    Plan,
    PlannedScope,
    PlannedStep,
    PlannedTarget,
    Radius,
)
from rekey.containment.playbook import Library, Playbook, StepSpec
from rekey.containment.record import cleaned
from rekey.containment.selection import PROVIDERS, Selected, select
from rekey.containment.settings import ContainmentSettings
from rekey.errors import RekeyError
from rekey.journal.canonical_json import digest
from rekey.site.model import Site

_BEFORE_A_RUN = "plan"
"""Stands for the run in calls that are made before there is one."""


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    Attributes:
        only: ids of credentials, instead of those with alerts.
        destinations: id of a credential → place in the store where its successor goes.
    """

    case: Case
    order: Order
    requester: str
    reason: str
    only: frozenset[str] = frozenset()
    destinations: Mapping[str, str] = field(default_factory=dict)
    store: SecretStore | None = None


@dataclass(frozen=True)
class Found:
    """A target, with what to do about it.

    Attributes:
        selected: the first credential of the case that led to it.
        credentials: all of them, and ``ancestors`` what they were minted from.
    """

    selected: Selected
    credentials: frozenset[str]
    ancestors: frozenset[str]
    provider: Provider
    connection: Connection
    target: Target
    playbook: Playbook
    specs: tuple[StepSpec, ...]
    number: int


class Planner:
    """Makes plans with what a site has connected and says."""

    def __init__(
        self,
        connections: Connections,
        library: Library,
        settings: ContainmentSettings,
        site: Site,
        listed: BreakGlass,
        kinds: Mapping[str, str] = PROVIDERS,
    ) -> None:
        self._connections, self._library, self._settings = connections, library, settings
        self._site, self._listed, self._kinds = site, listed, kinds

    def plan(self, request: Request, now: datetime) -> Plan:
        """Make a plan; it may hold no step, and then says why.

        Raises:
            RekeyError: a playbook names an action that its provider lacks.
        """
        selection = select(request.case, request.order, now, request.only, self._kinds)
        left = list(selection.left_out)
        found = self._found(selection.selected, request, left)
        steps = [step for one in found for step in self._steps(one, found, request, left)]
        optional = {_step_id(one, spec) for one in found for spec in one.specs if spec.if_possible}
        steps = _without_orphans(steps, optional, left)
        steps.sort(key=lambda step: (rank(request.order, step.phase), _number(step)))
        acting = [one for one in found if any(_number(step) == one.number for step in steps)]
        radius = tuple(self._radius(one, steps) for one in acting)
        scopes = {(one.connection.provider, one.connection.scope): one.connection for one in acting}
        case = request.case.model_dump(mode="json")
        made = Plan(
            order=request.order, case=request.case.id, case_digest=digest(_textual(case)),
            reason=request.reason, requester=request.requester,
            created=now, expires=now + self._settings.limits.plan_valid, since=request.case.first,
            explained=tuple(sorted(c.credential.id or "" for c in request.case.credentials)),
            store=request.store.name if request.store else None,
            destinations=_destinations(acting, request),
            scopes=tuple(
                PlannedScope(provider=name, scope=scope, principal=connection.principal)
                for (name, scope), connection in scopes.items()
            ),
            steps=tuple(steps), radius=radius,
            approvers=max((one.approvers for one in radius), default=0),
            left_out=tuple(dict.fromkeys(left)),
            lists={"break_glass": self._listed.sha256} if self._listed.sha256 else {},
        )  # fmt: skip
        # The plan goes into the journal whole, so that nothing may be blanked there any more.
        return Plan.model_validate(cleaned(made.model_dump(mode="json")))

    def _found(
        self, selected: Sequence[Selected], request: Request, left: list[LeftOut]
    ) -> list[Found]:
        """Locate credentials; the same target is planned once, under its first credential."""
        found: dict[tuple[str, str, str, str], Found] = {}
        for one in selected:
            try:
                where = self._locate(one, request, len(found) + 1)
            except RekeyError as error:
                book = self._library.guidance(one.wanted.kind, one.playbooks)
                left.append(LeftOut(what=one.wanted.id, why=error.message, playbook=book))
                continue
            target = where.target
            key = (target.provider, target.scope, target.kind, target.id)
            known = found.setdefault(key, where)
            found[key] = replace(
                known,
                credentials=known.credentials | where.credentials,
                ancestors=known.ancestors | where.ancestors,
            )
        return list(found.values())

    def _locate(self, one: Selected, request: Request, number: int) -> Found:
        provider, connection = self._connections.for_account(one.provider, one.wanted.account)
        target = provider.locate(one.wanted)
        guards.account(connection, target.provider, target.scope)
        guards.oneself(connection, target, request.store, self._settings.depends_on)
        guards.protected(provider, target, self._listed, self._site)
        automation = self._library.automation(target.kind, one.playbooks)
        if automation is None:
            raise RekeyError(f"no playbook automates {target.kind}")
        playbook, both = automation
        specs = both.steps(request.order)
        if not specs:
            raise RekeyError(f"{target.kind} cannot be rotated: whoever opened it renews it")
        own, above = frozenset({one.wanted.id}), frozenset(one.ancestors)
        return Found(one, own, above, provider, connection, target, playbook, specs, number)

    def _steps(
        self, one: Found, found: Sequence[Found], request: Request, left: list[LeftOut]
    ) -> Iterable[PlannedStep]:
        for spec in one.specs:
            action = action_of(one.provider, spec.action)
            _check(spec, one, action.spec.phase, action.spec.kinds)
            why = _no_store(spec, one, request)
            call = Call(one.target, _BEFORE_A_RUN, spec.id, _BEFORE_A_RUN,
                        since=request.case.first, store=request.store)  # fmt: skip
            forecast = None if why else action.forecast(call)
            if forecast is None or forecast.impossible:
                reason = why or (forecast.impossible if forecast else "") or ""
                left.append(_left_step(one, spec, reason))
                continue
            before = action.observe(call)
            yield PlannedStep(
                id=_step_id(one, spec), action=spec.action, phase=spec.phase,
                title=action.spec.title, target=PlannedTarget.of(one.target),
                playbook=one.playbook.name, needs=_needs(one, spec, found, request.order),
                calls=action.spec.calls, mutates=action.spec.mutates,
                reversible=action.spec.reversible, holds_already=before.effect == "present",
                bound_seconds=action.spec.propagation.bound_seconds,
                advised_seconds=action.spec.propagation.advised_seconds,
                least=spec.least,
                grace_seconds=int(parsed(spec.after).total_seconds()) if spec.after else None,
                grade=forecast.grade,
                because=forecast.because,
                breaks=forecast.breaks,
                residual_until=forecast.residual_until,
                residual=forecast.residual,
            )  # fmt: skip

    def _radius(self, one: Found, steps: Sequence[PlannedStep]) -> Radius:
        own = [step for step in steps if _number(step) == one.number and step.mutates]
        radius = one.provider.blast_radius(one.target)
        number, because = approvers(
            radius, self._settings.blast,
            irreversible=any(not step.reversible for step in own),
            shared=one.selected.doubtful,
        )  # fmt: skip
        return Radius(
            target=one.target.identity, dependents=radius.dependents, callers=radius.callers,
            privileged=radius.privileged, production=radius.production, approvers=number,
            because=because, notes=radius.notes,
        )  # fmt: skip


def _needs(one: Found, spec: StepSpec, found: Sequence[Found], order: Order) -> tuple[str, ...]:
    """Give the steps that must be proven before this one.

    Its own steps of earlier phases; for a cut, the closed mints of what it was minted from; and in
    a containment nothing new is issued before all that was minted from the old one is cut.
    Evidence is collected first, but what is gone already must not stop a cut.
    """
    place = rank(order, spec.phase)
    needed = [_step_id(one, own) for own in one.specs
              if rank(order, own.phase) < place and own.phase is not Phase.EVIDENCE]  # fmt: skip
    for other in found:
        for step in other.specs:
            above = bool(other.credentials & one.ancestors)
            below = bool(one.credentials & other.ancestors)
            closes = above and spec.phase is Phase.CUT and step.phase is Phase.CLOSE_MINT
            ends = below and order == "contain" and step.phase in (Phase.CLOSE_MINT, Phase.CUT)
            if closes or (ends and place >= rank(order, Phase.ISSUE)):
                needed.append(_step_id(other, step))
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
            why = f"needs {', '.join(missing)}, which is not in the plan"
            what = f"{step.id}: {step.title}"
            left.append(LeftOut(
                what=what, why=why, playbook=step.playbook, step=step.id, needs=missing
            ))  # fmt: skip
        kept = [step for step in kept if step not in gone]


def _check(spec: StepSpec, one: Found, phase: Phase, kinds: frozenset[str]) -> None:
    where = f"playbook {one.playbook.name}: {spec.id}"
    if phase is not spec.phase:
        raise RekeyError(f"{where}: {spec.action} is {phase}, not {spec.phase}")
    if one.target.kind not in kinds:
        raise RekeyError(f"{where}: {spec.action} does not take {one.target.kind}")


def _no_store(spec: StepSpec, one: Found, request: Request) -> str | None:
    """A secret that is made must have somewhere to go."""
    if spec.phase is not Phase.ISSUE:
        return None
    if request.store is None:
        return "no secret store is named (--store), so that a new secret would be lost"
    if not one.credentials & request.destinations.keys():
        return f"no place in the store is named (--destination {one.selected.wanted.id}=PATH)"
    return None


def _destinations(acting: Iterable[Found], request: Request) -> dict[str, str]:
    """Give the place for the successor of each target, by the target's id."""
    return {
        one.target.id: request.destinations[id]
        for one in acting
        for id in sorted(one.credentials & request.destinations.keys())
    }


def _left_step(one: Found, spec: StepSpec, why: str) -> LeftOut:
    id = _step_id(one, spec)
    return LeftOut(what=f"{id} of {one.target.id}", why=why, playbook=one.playbook.name, step=id)


def _step_id(one: Found, spec: StepSpec) -> str:
    return f"{one.number}-{spec.id}"


def _number(step: PlannedStep) -> int:
    return int(step.id.partition("-")[0])


def _textual(value: object) -> object:
    """Raw records hold floats, of which canonical JSON knows nothing: write them as text."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: _textual(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_textual(inner) for inner in value]
    return value
