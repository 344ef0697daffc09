"""One step: observe → guards → intent → apply → verify.

A crash may come between any two lines here. The order of entries and calls is what makes that
safe: nothing is changed before its intent is on the disk, and whoever goes on after a crash
observes before he acts.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from rekey.containment import guards
from rekey.containment.approval import Approved, NotApproved
from rekey.containment.blast import approvers
from rekey.containment.connections import action_of
from rekey.containment.consistency import check_step
from rekey.containment.context import Context
from rekey.containment.errors import ProviderError, Refused, Throttled, Unclear
from rekey.containment.interface import (
    Action,
    Applied,
    Call,
    Check,
    Grade,
    Observation,
    Phase,
    Probe,
    Provider,
)
from rekey.containment.lease import Leases
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status, StepProgress, fold_step
from rekey.containment.proof import Watch, at_least
from rekey.containment.record import Recorder, applied, check, observed, state_digest
from rekey.journal.interface import Journal

ATTEMPTS: Final = 5
"""Calls that are made for one effect before it counts as failed."""

_BETWEEN: Final = timedelta(seconds=1)


class Effects:
    """Carries out the steps of one run.

    Args:
        context: the collaborators.
        recorder: writes to the journal.
        leases: the leases of this process.
        approved: what permits effects, or why nothing does.
    """

    def __init__(
        self,
        context: Context,
        recorder: Recorder,
        leases: Leases,
        approved: Approved | NotApproved,
    ) -> None:
        self._context, self._recorder, self._leases = context, recorder, leases
        self._approved = approved

    def run(self, step: PlannedStep, run: Progress) -> None:
        """Bring one step as far as it can be brought now.

        Raises:
            GuardRefused: a guard said no. ProviderError: the provider did.
        """
        own = run.steps[step.id]
        provider = self._context.connections.in_scope(step.target.provider, step.target.scope)
        action = action_of(provider, step.action)
        check_step(step, action.spec)
        call = self._call(step, run)
        with ExitStack() as stack:
            probe = None
            if action.spec.mutates:
                seen = self._observe(action, call, step, own)
                if seen.effect == "present":
                    self._reconcile(seen, step, own)
                    probe = self._known_probe(action, call, own)
                else:
                    call, probe = self._prepare(provider, action, call, step, run)
                if probe is not None:
                    stack.callback(probe.close)
                if seen.effect != "present":
                    call = self._effect(action, call, seen, step, run)
            self._verify(provider, action, replace(call, before=own.before), probe, step, own)

    def still_holds(self, step: PlannedStep, run: Progress) -> tuple[bool, str]:
        """Look once more at an effect that was proven; give what was seen if it is gone."""
        provider = self._context.connections.in_scope(step.target.provider, step.target.scope)
        action, call = action_of(provider, step.action), self._call(step, run)
        seen = self._patiently(lambda: action.observe(call))
        return seen.effect == "present", f"the effect is {seen.effect}"

    def _call(self, step: PlannedStep, run: Progress) -> Call:
        plan, own = run.plan, run.steps[step.id]
        target = step.target.target()
        siblings = [one for one in plan.steps if one.target.id == target.id]
        marker = f"rekey-{plan.run}-{step.id}".replace("_", "-")
        return Call(
            target=target, run=plan.run, step=step.id, marker=marker,
            before=own.before, intended_at=own.intended_at,
            cutoff=(own.cutoff or self._cutoff(step)) if step.phase is Phase.CUT else None,
            since=plan.since,
            earlier={one.id: run.steps[one.id].facts for one in siblings if one.id != step.id},
            explained=frozenset(plan.explained),
            presented=self._context.presented.get(target.id),
            store=self._context.store, destination=plan.destinations.get(target.id),
        )  # fmt: skip

    def _cutoff(self, step: PlannedStep) -> datetime | None:
        """Cut what was made before now: minting is closed by then, and clocks differ a little."""
        if step.phase is not Phase.CUT:
            return None
        now = self._context.clock.now() + self._context.settings.limits.clock_skew
        return now.replace(microsecond=0) + timedelta(seconds=1)

    def _observe(
        self, action: Action, call: Call, step: PlannedStep, own: StepProgress
    ) -> Observation:
        seen = self._patiently(lambda: action.observe(call))
        self._note("observed", observed(seen), step, own)
        return seen

    def _reconcile(self, seen: Observation, step: PlannedStep, own: StepProgress) -> None:
        """The effect is there. Ours if we had intended it or it carries our mark."""
        if own.status is Status.APPLIED:
            return
        ours = seen.ours or own.intended_at is not None
        payload = applied(Applied(seen.facts)) | {"ours": ours, "reconciled": True}
        self._note("applied", payload, step, own)

    def _prepare(
        self, provider: Provider, action: Action, call: Call, step: PlannedStep, run: Progress
    ) -> tuple[Call, Probe | None]:
        """Ask the guards, then make the probe ready and see it accepted."""
        self._guard(provider, step, run)
        own = run.steps[step.id]
        self._note("probing", {"presented": call.presented is not None}, step, own)
        call = replace(call, cutoff=self._cutoff(step))
        probe = self._open(action, call)
        if probe is None:
            return call, None
        checks = self._presented(probe)
        # A sibling stands for itself alone: after a crash it is lost, and what was handed in
        # was never seen accepted.
        itself = call.presented if probe.grade is Grade.A else None
        fingerprint = self._context.fingerprint(itself)
        if checks and all(one.holds is False for one in checks):
            payload = {"fingerprint": fingerprint, "checks": [check(one) for one in checks]}
            self._note("control", payload, step, own)
        elif fingerprint is None or fingerprint not in own.controls:
            # It was not accepted while it should have been: its rejection will prove nothing.
            self._note("probe_dropped", {"checks": [check(one) for one in checks]}, step, own)
            probe.close()
            return call, None
        return call, probe

    def _known_probe(self, action: Action, call: Call, own: StepProgress) -> Probe | None:
        """After a crash: present again what was seen accepted before the effect, nothing else."""
        fingerprint = self._context.fingerprint(call.presented)
        if fingerprint is None or fingerprint not in own.controls:
            return None
        return self._open(action, call)

    def _open(self, action: Action, call: Call) -> Probe | None:
        try:
            return action.probe(call)
        except ProviderError:
            return None  # the proof will be of a lesser grade, and says so

    def _presented(self, probe: Probe) -> Sequence[Check]:
        try:
            return probe.present()
        except ProviderError:
            return ()

    def _effect(
        self, action: Action, call: Call, seen: Observation, step: PlannedStep, run: Progress
    ) -> Call:
        """Journal the intent, then apply, as often as needed and no more."""
        own = run.steps[step.id]
        payload = {
            "action": step.action, "target": step.target.id, "marker": call.marker,
            "before": observed(own.before or seen),
            "cutoff": call.cutoff.isoformat() if call.cutoff else None,
        }  # fmt: skip
        self._note("intent", payload, step, own, guarded=True)
        call = replace(call, before=own.before, intended_at=own.intended_at)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                result = action.apply(call)
            except Throttled as error:
                self._again("throttled", error, attempt, step, own)
                self._context.clock.sleep(error.after)
            except Unclear as error:
                self._again("unclear", error, attempt, step, own)
                self._context.clock.sleep(_BETWEEN)
                seen = self._observe(action, call, step, own)
                if seen.effect == "present":
                    self._reconcile(seen, step, own)
                    return call
            else:
                self._note("applied", applied(result) | {"ours": True, "reconciled": False},
                           step, own)  # fmt: skip
                return call
            guards.halted(self._context.settings.kill_switch)
        raise Refused(f"{step.title}: given up after {ATTEMPTS} attempts; it may have happened")

    def _again(
        self, kind: str, error: ProviderError, attempt: int, step: PlannedStep, own: StepProgress
    ) -> None:
        self._note(kind, {"reason": error.message, "attempt": attempt}, step, own)

    def _guard(self, provider: Provider, step: PlannedStep, run: Progress) -> None:
        """Ask every guard anew: who we are and what depends on it may have changed."""
        context, target = self._context, step.target.target()
        guards.halted(context.settings.kill_switch)
        connection = provider.connection()
        guards.account(connection, step.target.provider, step.target.scope)
        guards.oneself(connection, target, context.store, context.settings.depends_on)
        guards.protected(provider, target, context.listed, context.site)
        self._permitted(step, run)
        radius = provider.blast_radius(target)
        settings = context.settings.blast
        # Counted anew, and not taken from the plan: that was written by whoever asks.
        final = not action_of(provider, step.action).spec.reversible
        needed, why = approvers(radius, settings, irreversible=final, shared=False)
        if isinstance(self._approved, Approved) and not self._approved.override:
            have = len(self._approved.approvers)
            if needed > have:
                raise guards.GuardRefused(
                    "blast radius",
                    f"{', '.join(why)}: that needs {needed} approvers, and {have} approved",
                    hint="Make a new plan.",
                )
            limits = context.settings.limits
            guards.cool_down(
                context.journal, subject(step), run.plan.run, context.clock.now(), limits.cool_down
            )

    def _permitted(self, step: PlannedStep, run: Progress) -> None:
        if isinstance(self._approved, NotApproved):
            raise guards.GuardRefused("approval", self._approved.message, hint=self._approved.hint)
        now, due = self._context.clock.now(), run.steps[step.id].due_at
        end = run.plan.expires
        if due is not None:
            end = due + self._context.settings.limits.due_window
        if now >= end:
            raise guards.GuardRefused(
                "approval", f"it expired at {end:%Y-%m-%d %H:%M} UTC", hint="Make a new plan."
            )

    def _verify(
        self, provider: Provider, action: Action, call: Call, probe: Probe | None,
        step: PlannedStep, own: StepProgress,
    ) -> None:  # fmt: skip
        def ask() -> Sequence[Check]:
            return [*(probe.present() if probe else ()), *action.verify(call)]

        endpoints = provider.connection().endpoints
        start = own.applied_at or self._context.clock.now()
        proof = Watch(action.spec.propagation, self._context.clock, endpoints).prove(start, ask)
        facts: Mapping[str, Any] = {}
        if not action.spec.mutates:
            state = action.observe(call).state
            facts = {"collected": state, "sha256": state_digest(dict(state))}
        payload = {
            "grade": proof.grade, "rounds": proof.rounds, "since": proof.since,
            "checks": [check(one) for one in proof.checks], "facts": facts,
            "bound_seconds": action.spec.propagation.bound_seconds,
            "advised_seconds": action.spec.propagation.advised_seconds,
        }  # fmt: skip
        if at_least(proof.grade, step.least) and proof.grade is not Grade.D:
            self._note("verified", payload, step, own)
        elif step.least is Grade.D and step.grade is Grade.D:
            until = step.residual_until
            self._note("residual", payload | {"until": until, "what": step.residual}, step, own)
        else:
            reason = proof.reason or f"proven only with grade {proof.grade}, not {step.least}"
            self._note("unproven", payload | {"reason": reason}, step, own)

    def _patiently(self, read: Any) -> Observation:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found: Observation = read()
                return found
            except ProviderError as error:
                if isinstance(error, Refused) and not isinstance(error, Throttled):
                    raise
                if attempt == ATTEMPTS:
                    raise
                self._context.clock.sleep(error.after if isinstance(error, Throttled) else _BETWEEN)
        raise AssertionError("unreachable")

    def _note(
        self, kind: str, payload: Mapping[str, Any], step: PlannedStep, own: StepProgress,
        *, guarded: bool = False,
    ) -> None:  # fmt: skip
        """Write an entry and take it into the progress, exactly as a later reader will."""
        name = subject(step)
        entry = self._recorder.write(
            kind, payload, step=step.id, subject=name,
            condition=(lambda journal: self._still_free(journal, name)) if guarded else None,
        )  # fmt: skip
        fold_step(own, entry)

    def _still_free(self, journal: Journal, name: str) -> None:
        """Within the append of an intent: the lease is ours, and there is room for one effect."""
        self._leases.held(name)
        guards.halted(self._context.settings.kill_switch)
        limits = self._context.settings.limits
        guards.rate(journal, self._context.clock.now(), limits.effects_per_hour)


def subject(step: PlannedStep) -> str:
    """Name the identity that a step acts on, for leases and cool-downs."""
    return f"{step.target.provider}/{step.target.scope}/{step.target.identity}"
