"""One step: observe → guards → intent → apply → verify.

A crash may come between any two lines here. The order of entries and calls is what makes that
safe: nothing is changed before its intent is on the disk, and whoever goes on after a crash
observes before he acts.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from rekey.containment import guards
from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Observation
from rekey.containment.clearance import Clearance, Permission
from rekey.containment.clock import Clock
from rekey.containment.connections import action_of
from rekey.containment.consistency import check_step
from rekey.containment.context import Context
from rekey.containment.errors import ProviderError, Refused, Throttled, Unclear, Unreachable
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Action, Probe, Provider
from rekey.containment.patience import ATTEMPTS, BETWEEN, patiently
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status, StepProgress
from rekey.containment.record import Recorder, applied, check, evidence, observed
from rekey.containment.standing import fold_step
from rekey.containment.step_call import call_of
from rekey.containment.survey import Survey
from rekey.containment.target import Connection
from rekey.containment.verifying import Begun, Verifying


class Effects:
    """Carries out the steps of one run.

    Args:
        context: the collaborators.
        clock: by which it waits, without losing the leases.
        recorder: writes to the journal.
        clearance: asks the guards.
        run: where it stands; kept up to date.
    """

    def __init__(
        self,
        context: Context,
        clock: Clock,
        recorder: Recorder,
        clearance: Clearance,
        run: Progress,
    ) -> None:
        self._context, self._clock, self._recorder = context, clock, recorder
        self._clearance, self._run = clearance, run
        self._verifying = Verifying(context, clock, run.plan)

    def begin(self, step: PlannedStep) -> Begun:
        """Bring one step as far as the provider's acceptance. What only reads, its proof reads.

        Raises:
            GuardRefused: a guard said no. ProviderError: the provider did.
        """
        provider = self._provider(step)
        action = action_of(provider, step.action)
        check_step(step, action.spec)
        self._clearance.identity(provider, step)
        call = self._call(step, provider)
        if not action.spec.mutates:
            return Begun(step, provider, action, call)
        own = self._run.steps[step.id]
        seen = self._observe(action, call, step)
        if seen.effect == "present":
            self._reconcile(seen, step)
            probe = self._known_probe(action, call, own)
            return Begun(step, provider, action, replace(call, before=own.before), probe)
        permission = self._clearance.effect(provider, action, step, self._run)
        self._check_issue(seen, call, step)
        call, probe = self._prepare(action, call, step, permission.connection)
        with ExitStack() as unfinished:
            if probe is not None:
                unfinished.callback(probe.close)
            call = self._effect(action, call, seen, step, permission)
            unfinished.pop_all()
        return Begun(step, provider, action, replace(call, before=own.before), probe)

    def prove(self, begun: Begun) -> None:
        """Watch what was begun until it is proven or patience ends, and journal which.

        Raises:
            ProviderError, EvidenceError: see :meth:`Verifying.verify`.
        """
        own = self._run.steps[begun.step.id]
        self._verifying.verify(begun, own, partial(self._note, step=begun.step))

    def gone(self, step: PlannedStep) -> Mapping[str, Any] | None:
        """Look once more at what was proven; say what is no longer so, for the journal.

        Of an effect, whether it is there; of a survey, whether it finds something that it had not
        found, and that nobody has explained.
        """
        provider = self._provider(step)
        action = action_of(provider, step.action)
        self._clearance.identity(provider, step)
        call = self._call(step, provider)
        seen = patiently(self._clock, lambda: action.observe(call))
        if step.phase is Phase.SURVEY:
            answer, holds = Survey.of(seen.state).answer(call.explained)
            return {"reason": answer, "facts": evidence(seen.state)} if holds is False else None
        return None if seen.effect == "present" else {"reason": f"the effect is {seen.effect}"}

    def _provider(self, step: PlannedStep) -> Provider:
        """Find the provider. One lost answer must not cost the evidence, which a cut destroys."""
        connections, target = self._context.connections, step.target
        return patiently(self._clock, lambda: connections.in_scope(target.provider, target.scope))

    def _call(self, step: PlannedStep, provider: Provider) -> Call:
        cutoff = None
        if step.phase is Phase.CUT:
            known = self._run.steps[step.id].cutoff
            cutoff = known or self._cutoff(step, patiently(self._clock, provider.connection))
        return call_of(step, self._run, self._context, cutoff)

    def _cutoff(self, step: PlannedStep, connection: Connection) -> datetime | None:
        """Cut what was made before now, since the mint is closed by then.

        By the clock that dates what is to be cut: with ours behind, what was made last would live.
        Where the provider does not tell its time, ours may have gone back since the close of the
        mint was proven, and that is a time which it cannot be earlier than.
        """
        if step.phase is not Phase.CUT:
            return None
        proven = [self._run.steps[need].verified_at for need in step.needs]
        ours = max(time for time in (self._clock.now(), *proven) if time)
        latest = (connection.clock or ours) + self._context.settings.limits.clock_skew
        return latest.replace(microsecond=0) + timedelta(seconds=1)

    def _observe(self, action: Action, call: Call, step: PlannedStep) -> Observation:
        seen = patiently(self._clock, lambda: action.observe(call))
        self._note("observed", observed(seen), step)
        return seen

    def _reconcile(self, seen: Observation, step: PlannedStep) -> None:
        """The effect is there. Ours if it carries our mark; if it carries none, if we intended it."""
        own = self._run.steps[step.id]
        if own.status is Status.APPLIED:
            return
        ours = own.intended_at is not None if seen.ours is None else seen.ours
        payload = applied(Applied(seen.facts)) | {"ours": ours, "reconciled": True}
        self._note("applied", payload, step)

    def _check_issue(self, seen: Observation, call: Call, step: PlannedStep) -> None:
        """A credential that is new since the plan was made is another run's successor, or a thief's.

        Raises:
            GuardRefused: there is one. Refused: the store cannot take ours.
        """
        if step.phase is not Phase.ISSUE:
            return
        made = {str(one) for own in self._run.steps.values() for one in own.facts.values()}
        if new := seen.existing - {*step.existing} - self._run.known - made:
            raise GuardRefused(
                "plan",
                f"since it was made {step.target.identity} has got {', '.join(sorted(new))}",
                hint="Another run issues too, or somebody else does. Make a new plan, or say "
                f"`rekey contain explain {self._run.plan.run} ID`.",
            )
        if call.store is not None and (why := call.store.unready(call.destination or "")):
            raise Refused(f"the store {call.store.name} cannot take it: {why}")

    def _prepare(
        self, action: Action, call: Call, step: PlannedStep, connection: Connection
    ) -> tuple[Call, Probe | None]:
        """Make the probe ready and see it accepted."""
        own = self._run.steps[step.id]
        self._note("probing", {"presented": call.presented is not None}, step)
        call = replace(call, cutoff=self._cutoff(step, connection))
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
            self._note("control", payload, step)
        elif fingerprint is None or fingerprint not in own.controls:
            # It was not accepted while it should have been: its rejection will prove nothing.
            self._note("probe_dropped", {"checks": [check(one) for one in checks]}, step)
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
        self, action: Action, call: Call, seen: Observation, step: PlannedStep,
        permission: Permission,
    ) -> Call:  # fmt: skip
        """Journal the intent, then apply, as often as needed and no more."""
        own = self._run.steps[step.id]
        payload = {
            "action": step.action, "target": step.target.id, "marker": call.marker,
            "before": observed(own.before or seen), "permission": permission.document(),
            "cutoff": call.cutoff.isoformat() if call.cutoff else None,
        }  # fmt: skip
        self._note("intent", payload, step, guarded=True)
        call = replace(call, before=own.before, intended_at=own.intended_at)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._clear(action, call, seen, step)
                result = action.apply(call)
            except Throttled as error:
                self._again("throttled", error, attempt, step)
                self._clock.sleep(error.after)
            except (Unclear, Unreachable) as error:
                self._again("unclear", error, attempt, step)
                self._clock.sleep(BETWEEN)
            else:
                self._note("applied", applied(result) | {"ours": True, "reconciled": False}, step)
                return call
            guards.halted(self._context.settings.kill_switch)
            # Of an effect of several calls some may be done, whatever the last one answered.
            seen = self._observe(action, call, step)
            if seen.effect == "present":
                self._reconcile(seen, step)
                return call
        self._give_up(action, call, seen, step)

    def _give_up(
        self, action: Action, call: Call, seen: Observation, step: PlannedStep
    ) -> NoReturn:
        """End what the last attempt left: nobody has its value, and it may be usable."""
        over = f"{step.title}: given up after {ATTEMPTS} attempts"
        try:
            ended = self._clear(action, call, seen, step)
        except ProviderError as error:
            raise Refused(f"{over}; what it left could not be ended: {error.message}") from error
        raise Refused(f"{over}; {'what it left was ended' if ended else 'it may have happened'}")

    def _clear(
        self, action: Action, call: Call, seen: Observation, step: PlannedStep
    ) -> Sequence[str]:
        """End what an attempt left half done, and give its ids."""
        removed = action.clear(call) if seen.effect == "partial" else ()
        if removed:
            self._note("cleared", {"removed": list(removed)}, step)
        return removed

    def _again(self, kind: str, error: ProviderError, attempt: int, step: PlannedStep) -> None:
        payload = {
            "reason": error.message, "attempt": attempt, "made": list(error.made),
            "removed": list(error.removed),
        }  # fmt: skip
        self._note(kind, payload, step)

    def _note(
        self, kind: str, payload: Mapping[str, Any], step: PlannedStep, *, guarded: bool = False
    ) -> None:
        """Write an entry and take it into the progress, exactly as a later reader will."""
        name = step.subject
        entry = self._recorder.write(
            kind, payload, step=step.id, subject=name,
            condition=partial(self._clearance.within_append, name=name) if guarded else None,
        )  # fmt: skip
        fold_step(self._run.steps[step.id], entry)
