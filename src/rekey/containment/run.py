"""A run: a plan carried out, gone on with after a crash or when something falls due, or undone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from rekey.containment import guards
from rekey.containment.approval import UNDO, Approved, NotApproved, approve, message
from rekey.containment.connections import action_of
from rekey.containment.consistency import check_plan
from rekey.containment.context import Context
from rekey.containment.effect import Effects, subject
from rekey.containment.errors import ProviderError
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Call, Phase
from rekey.containment.lease import Leases
from rekey.containment.plan import Plan, PlannedStep
from rekey.containment.presented import check_presented
from rekey.containment.progress import DONE, Progress, Status, progress_of, runs_of
from rekey.containment.record import Recorder, applied
from rekey.errors import RekeyError
from rekey.journal.interface import Condition, Journal
from rekey.journal.ssh_signature import SignatureError, verify

_ENDING: Final = (Phase.CLOSE_MINT, Phase.CUT)


class Engine:
    """Carries out plans."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def start(
        self, plan: Plan, request: str, signatures: Sequence[str], override: str | None = None
    ) -> Progress:
        """Carry out a plan, once.

        Args:
            plan: what to do.
            request: the requester's signature.
            signatures: the approvers'.
            override: the reason of a lone responder in an emergency.

        Raises:
            NotApproved, SignatureError: it is not permitted. RekeyError: it holds no step, another
            list of protected identities is in force than when it was made, or what was presented
            is no credential of one of its targets.
        """
        check_presented(plan, self._context.presented)
        now = self._context.clock.now()
        approved = approve(plan, request, signatures, self._allowed(), now, override)
        if not plan.steps:
            raise NotApproved("the plan holds no step: there is nothing to carry out")
        if progress_of(self._context.journal, plan.run) is None:
            check_plan(plan, self._context.settings, now)
        listed = {"break_glass": sha} if (sha := self._context.listed.sha256) else {}
        if plan.lists != listed:
            raise NotApproved(
                "the break-glass list is not the one that the plan was made with",
                hint="Make a new plan.",
            )
        recorder = self._recorder(plan.run)
        known = progress_of(self._context.journal, plan.run)
        if known is None:
            recorder.write("planned", plan.document(), condition=_not_yet(plan.run))
        # Again if the process died in between, more people have approved since, or none will.
        given = (tuple(signatures), approved.override)
        if known is None or (known.approvals, known.override) != given or not known.request:
            recorder.write("approved", _permission(approved, request, signatures))
        return self.resume(plan.run)

    def resume(self, run: str) -> Progress:
        """Go on with a run: what is done stays done, what may have happened is looked at first.

        Raises:
            RekeyError: the journal does not know it. GuardRefused: another process works on it.
        """
        progress = self.progress(run)
        check_presented(progress.plan, self._context.presented)
        if any(step.status is Status.UNDONE for step in progress.steps.values()):
            raise NotApproved("the run was undone", hint="Make a new plan.")
        leases = self._leases(run)
        subjects = {f"run/{run}"} | {subject(step) for step in progress.plan.steps}
        leases.take(subjects)
        try:
            recorder = self._recorder(run)
            recorder.write("started")
            effects = Effects(self._context, recorder, leases, self._permission(progress))
            for step in progress.plan.steps:
                self._step(step, progress, effects, recorder, leases)
            self._look_back(progress, effects, recorder)
            recorder.write("finished", progress.ending())
        finally:
            leases.release(subjects)
        return self.progress(run)

    def due(self) -> list[str]:
        """Give the runs in which a waiting step has fallen due."""
        now = self._context.clock.now()
        return [
            one.plan.run
            for one in runs_of(self._context.journal)
            if any(s.status is Status.WAITING and s.due_at and s.due_at <= now
                   for s in one.steps.values())
        ]  # fmt: skip

    def undo(self, run: str, reason: str, signature: str) -> Progress:
        """Take back what the run changed and what can be taken back, last first.

        Args:
            run: its id.
            reason: why; it is journalled.
            signature: over the plan's digest in the namespace ``rekey-undo``, by any allowed
                signer: whoever cut off the wrong workload must be able to mend that alone.

        Raises:
            RekeyError: unknown run; SignatureError: not by an allowed signer.
        """
        progress = self.progress(run)
        signer = verify(message(progress.plan), signature, UNDO, self._allowed())
        leases = self._leases(run)
        subjects = {f"run/{run}"} | {subject(step) for step in progress.plan.steps}
        leases.take(subjects)
        try:
            recorder = self._recorder(run)
            who = sorted(signer.principals)
            recorder.write("undo_started", {"reason": reason, "by": who, "signature": signature})
            for step in reversed(progress.plan.steps):
                if step.reversible and progress.steps[step.id].intended_at is not None:
                    self._undo(step, progress, recorder)
            recorder.write("finished", self.progress(run).ending())
        finally:
            leases.release(subjects)
        return self.progress(run)

    def progress(self, run: str) -> Progress:
        """Read where a run stands.

        Raises:
            RekeyError: the journal does not know it.
        """
        return known_run(self._context.journal, run)

    def _step(
        self, step: PlannedStep, progress: Progress, effects: Effects, recorder: Recorder,
        leases: Leases,
    ) -> None:  # fmt: skip
        own = progress.steps[step.id]
        if own.status in DONE:
            return
        if missing := progress.needs_met(step.id):
            if own.status is not Status.BLOCKED:
                reason = f"waits for {', '.join(missing)}"
                recorder.write("blocked", {"reason": reason}, step=step.id, subject=subject(step))
        elif not self._waits(step, progress, recorder):
            try:
                leases.take({f"run/{progress.plan.run}", subject(step)})
                effects.run(step, progress)
            except GuardRefused as error:
                payload = {"reason": _said(error), "guard": error.guard}
                recorder.write("refused", payload, step=step.id, subject=subject(step))
            except ProviderError as error:
                payload = {"reason": _said(error), "error": type(error).__name__}
                recorder.write("failed", payload, step=step.id, subject=subject(step))
        progress.steps[step.id] = self.progress(progress.plan.run).steps[step.id]

    def _look_back(self, progress: Progress, effects: Effects, recorder: Recorder) -> None:
        """See that what was proven early still holds at the end: somebody may have undone it."""
        for step in progress.plan.steps:
            own = progress.steps[step.id]
            if own.status is not Status.VERIFIED or step.phase not in _ENDING:
                continue
            try:
                holds, seen = effects.still_holds(step, progress)
            except (GuardRefused, ProviderError) as error:
                holds, seen = False, _said(error)
            if not holds:
                reason = f"it was proven, and at the end no longer so: {seen}"
                recorder.write("unproven", {"reason": reason}, step=step.id, subject=subject(step))
                progress.steps[step.id] = self.progress(progress.plan.run).steps[step.id]

    def _waits(self, step: PlannedStep, progress: Progress, recorder: Recorder) -> bool:
        """Say whether a step's grace time still runs, and note its end the first time."""
        if step.grace_seconds is None:
            return False
        own = progress.steps[step.id]
        if own.due_at is None:
            ends = [progress.steps[need].verified_at for need in step.needs]
            last = max((end for end in ends if end), default=self._context.clock.now())
            due = last + timedelta(seconds=step.grace_seconds)
            recorder.write("waiting", {}, step=step.id, subject=subject(step), due_at=due)
            own.due_at = due
        return self._context.clock.now() < own.due_at

    def _undo(self, step: PlannedStep, progress: Progress, recorder: Recorder) -> None:
        own, context = progress.steps[step.id], self._context
        name = subject(step)
        try:
            provider = context.connections.in_scope(step.target.provider, step.target.scope)
            guards.halted(context.settings.kill_switch)
            action = action_of(provider, step.action)
            target = step.target.target()
            call = Call(
                target, progress.plan.run, step.id, f"rekey-{progress.plan.run}-{step.id}".replace("_", "-"),
                before=own.before, intended_at=own.intended_at, cutoff=own.cutoff,
                since=progress.plan.since, earlier={step.id: own.facts}, store=context.store,
                destination=progress.plan.destinations.get(target.id),
            )  # fmt: skip
            if action.observe(call).effect == "absent" or (not own.ours and own.status in DONE):
                return
            recorder.write("undo_intent", {}, step=step.id, subject=name)
            result = action.compensate(call)
            after = action.observe(replace(call, before=None))
            if after.effect == "present":
                reason = "the provider accepted the undoing, and the effect is still there"
                recorder.write("failed", {"reason": reason}, step=step.id, subject=name)
            else:
                recorder.write("undone", applied(result), step=step.id, subject=name)
        except (GuardRefused, ProviderError) as error:
            payload = {"reason": f"undo: {_said(error)}"}
            recorder.write("failed", payload, step=step.id, subject=name)

    def _permission(self, progress: Progress) -> Approved | NotApproved:
        """Check the signatures again: a signer may have been struck off since."""
        plan = progress.plan
        try:
            return approve(
                plan, progress.request, progress.approvals, self._allowed(), plan.created,
                progress.override,
            )  # fmt: skip
        except NotApproved as error:
            return error
        except SignatureError as error:
            return NotApproved(error.message, hint=error.hint)

    def _allowed(self) -> Path:
        path = self._context.settings.allowed_signers
        if path is None:
            raise NotApproved(
                "no allowed_signers file is set, so that nobody can be told from anybody",
                hint="docs/containment.md says how to make one.",
            )
        return path

    def _recorder(self, run: str) -> Recorder:
        context = self._context
        return Recorder(context.journal, run, list(context.presented.values()), context.tell)

    def _leases(self, run: str) -> Leases:
        limits = self._context.settings.limits
        return Leases(self._context.journal, self._context.clock, limits.lease, run)


def known_run(journal: Journal, run: str) -> Progress:
    """Read where a run stands.

    Raises:
        RekeyError: the journal does not know it.
    """
    found = progress_of(journal, run)
    if found is None:
        raise RekeyError(
            f"the journal knows no run {run}", hint="`rekey contain status` lists the runs."
        )
    return found


def _said(error: RekeyError) -> str:
    """Write an error on one line, with what to do about it."""
    return f"{error.message}. {error.hint}" if error.hint else error.message


def _not_yet(run: str) -> Condition:
    def condition(journal: Journal) -> None:
        if next(iter(journal.entries(run=run, kind="planned")), None) is not None:
            raise GuardRefused("lease", f"run {run} was started by another process")

    return condition


def _permission(approved: Approved, request: str, signatures: Sequence[str]) -> dict[str, object]:
    return {
        "request": request, "signatures": list(signatures), "override": approved.override,
        "requester": sorted(approved.requester.principals),
        "approvers": [
            {"names": sorted(one.principals), "key": one.fingerprint} for one in approved.approvers
        ],
    }  # fmt: skip
