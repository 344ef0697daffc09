"""Whose turn it is: no effect waits for the proof of another one that it does not need.

A proof takes as long as the provider takes to spread an effect. Meanwhile the mints of other
identities are closed and their credentials cut: the thief holds those, too.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from rekey.containment.action_spec import Phase
from rekey.containment.clock import Clock
from rekey.containment.effect import Effects
from rekey.containment.errors import ProviderError
from rekey.containment.evidence_folder import EvidenceError
from rekey.containment.guards import GuardRefused
from rekey.containment.lease import LeaseLost, Leases
from rekey.containment.order import rank
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status
from rekey.containment.record import Recorder, failure
from rekey.containment.standing import fold_step
from rekey.containment.verifying import Begun

_HURRIED: Final = frozenset({Phase.CLOSE_MINT, Phase.CUT})
"""What ends the thief's access waits for what it needs, the evidence, and nothing else. No other
phase begins while a step of an earlier one is unproven."""


class Turns:
    """Carries out the steps of one run, each in its turn.

    Args:
        run: where it stands; kept up to date.
        effects: carries out one step.
        recorder: writes to the journal.
        leases: of the identities.
        clock: tells the time.
    """

    def __init__(
        self, run: Progress, effects: Effects, recorder: Recorder, leases: Leases, clock: Clock
    ) -> None:
        self._run, self._effects, self._recorder = run, effects, recorder
        self._leases, self._clock = leases, clock
        self._open = [step for step in run.plan.steps if not run.steps[step.id].done]
        self._begun: list[Begun] = []

    def all(self) -> None:
        """Bring every step as far as it can be brought now.

        Raises:
            LeaseLost: another process took over.
        """
        try:
            while True:
                if (step := self._next()) is not None:
                    self._open.remove(step)
                    self._begin(step)
                elif self._begun:
                    self._prove(min(self._begun, key=self._provable))
                else:
                    break
        finally:
            for begun in self._begun:
                begun.close()
        for step in self._open:
            if self._run.steps[step.id].status is not Status.BLOCKED:
                missing = ", ".join(self._run.needs_met(step.id))
                self._note(step, "blocked", {"reason": f"waits for {missing}"})

    def _next(self) -> PlannedStep | None:
        """Give the first step that waits for nothing."""
        return next((s for s in self._open if not self._run.needs_met(s.id) and not self._held(s)),
                    None)  # fmt: skip

    def _held(self, step: PlannedStep) -> bool:
        """Say whether a step of an earlier phase, which it must not overtake, is unproven."""
        order = self._run.plan.order
        return any(
            rank(order, other.step.phase) < rank(order, step.phase)
            and not {other.step.phase, step.phase} <= _HURRIED
            for other in self._begun
        )

    def _begin(self, step: PlannedStep) -> None:
        if not self._waits(step):
            self._tried(step, lambda: self._begun.append(self._effects.begin(step)))

    def _prove(self, begun: Begun) -> None:
        try:
            self._tried(begun.step, lambda: self._effects.prove(begun))
        finally:
            self._begun.remove(begun)
            begun.close()

    def _tried(self, step: PlannedStep, do: Callable[[], None]) -> None:
        try:
            self._leases.renew()
            do()
        except LeaseLost:
            raise
        except GuardRefused as error:
            self._note(step, "refused", failure(error) | {"guard": error.guard})
        except (ProviderError, EvidenceError) as error:
            self._note(step, "failed", failure(error))

    def _provable(self, begun: Begun) -> datetime:
        """Say from when on its proof may count."""
        applied = self._run.steps[begun.step.id].applied_at or self._clock.now()
        return applied + begun.action.spec.propagation.bound

    def _waits(self, step: PlannedStep) -> bool:
        """Say whether a step's grace time still runs, and note its end the first time."""
        if step.grace_seconds is None:
            return False
        own = self._run.steps[step.id]
        if own.due_at is None:
            ends = [self._run.steps[need].verified_at for need in step.needs]
            last = max((end for end in ends if end), default=self._clock.now())
            due = last + timedelta(seconds=step.grace_seconds)
            self._note(step, "waiting", {}, due)
        return own.due_at is not None and self._clock.now() < own.due_at

    def _note(
        self, step: PlannedStep, kind: str, payload: dict[str, object], due: datetime | None = None
    ) -> None:
        entry = self._recorder.write(kind, payload, step=step.id, subject=step.subject, due_at=due)
        fold_step(self._run.steps[step.id], entry)
