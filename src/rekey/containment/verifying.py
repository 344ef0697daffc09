"""After an effect, or instead of one: watch it, survey, or collect evidence, and journal the proof."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Call, Check
from rekey.containment.clock import Clock
from rekey.containment.context import Context
from rekey.containment.evidence_folder import keep
from rekey.containment.interface import Action, Probe, Provider
from rekey.containment.patience import patiently
from rekey.containment.plan import Plan, PlannedStep
from rekey.containment.progress import StepProgress
from rekey.containment.proof import Proof, Watch, at_least
from rekey.containment.record import check, evidence
from rekey.containment.survey import Survey

_CASE: Final = "case"
"""Who is asked about what the case itself shows."""

Note = Callable[[str, Mapping[str, Any]], None]
"""Writes an entry of the step: its kind and payload."""


@dataclass(frozen=True)
class Begun:
    """A step that the provider has accepted, or one that only reads: what is left is the proof.

    Attributes:
        step: as planned.
        provider: of its target.
        action: what it does.
        call: what the action is given.
        probe: presents what must be refused from now on.
    """

    step: PlannedStep
    provider: Provider
    action: Action
    call: Call
    probe: Probe | None = None

    def close(self) -> None:
        """Let go of the probe, which may hold a credential."""
        if self.probe is not None:
            self.probe.close()


class Verifying:
    """Proves the steps of one run.

    Args:
        context: the collaborators.
        clock: by which it waits; the run must not lose its leases meanwhile.
        plan: of the run.
    """

    def __init__(self, context: Context, clock: Clock, plan: Plan) -> None:
        self._context, self._clock, self._plan = context, clock, plan

    def verify(self, begun: Begun, own: StepProgress, note: Note) -> None:
        """Watch until it is proven or patience ends, and say which.

        Args:
            begun: the step.
            own: where it stands.
            note: writes an entry of it.

        Raises:
            ProviderError: the provider could not be asked. EvidenceError: nothing was kept.
        """
        step, action, call, probe = begun.step, begun.action, begun.call, begun.probe

        def ask() -> Sequence[Check]:
            return [
                *(probe.present() if probe else ()),
                *action.verify(call),
                *self._of_case(step, call),
            ]

        start = own.applied_at or self._clock.now()
        endpoints = patiently(self._clock, begun.provider.connection).endpoints
        reads = action.spec.phase is Phase.EVIDENCE and not action.spec.mutates
        watch = Watch(action.spec.propagation, self._clock, endpoints, final=reads)
        proof = watch.prove(start, ask)
        payload = {
            "grade": proof.grade, "rounds": proof.rounds, "since": proof.since,
            "checks": [check(one) for one in proof.checks],
            "facts": self._collected(action, call),
            "bound_seconds": action.spec.propagation.bound_seconds,
            "advised_seconds": action.spec.propagation.advised_seconds,
        }  # fmt: skip
        note(*_judged(proof, payload, step))

    def _of_case(self, step: PlannedStep, call: Call) -> Sequence[Check]:
        """What the case shows that a suspect left behind is found until it is explained, too."""
        surveyed = {one.target.provider for one in self._plan.steps if one.phase is Phase.SURVEY}
        found = [
            one.finding() for one in self._plan.findings
            # Of a provider that no survey of this plan looks at, every survey asks.
            if one.provider == step.target.provider or one.provider not in surveyed
        ]  # fmt: skip
        if step.phase is not Phase.SURVEY or not found:
            return ()
        answer, holds = Survey(found).answer(call.explained)
        question = "what the suspects changed, as the case shows it"
        return [Check(Grade.B, _CASE, question, "nothing", answer, holds)]

    def _collected(self, action: Action, call: Call) -> Mapping[str, Any]:
        if action.spec.mutates:
            return {}
        state = patiently(self._clock, lambda: action.observe(call)).state
        facts = evidence(state)
        if action.spec.phase is Phase.EVIDENCE and (files := action.collect(call)):
            secrets = [one.reveal() for one in self._context.presented.values()]
            folder = self._context.settings.evidence
            facts["files"] = keep(folder, call.run, call.step, files, secrets)
        return facts


def _judged(
    proof: Proof, payload: dict[str, Any], step: PlannedStep
) -> tuple[str, Mapping[str, Any]]:
    if at_least(proof.grade, step.least) and proof.grade is not Grade.D:
        return "verified", payload
    if step.least is Grade.D and step.grade is Grade.D:
        return "residual", payload | {"until": step.residual_until, "what": step.residual}
    reason = proof.reason or f"proven only with grade {proof.grade}, not {step.least}"
    return "unproven", payload | {"reason": reason}
