"""Taking back what a run changed: the last first, and only what is its own.

Another run may rest on the same effect: it moved the cut to a later time, or found the key off and
left it at that. What it holds is not taken from it, and it is named. Successors go last, because a
workload must not be without a credential in between.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from rekey.containment import guards
from rekey.containment.action_spec import Phase
from rekey.containment.clock import Clock
from rekey.containment.connections import action_of
from rekey.containment.context import Context
from rekey.containment.errors import ProviderError, Refused
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Action
from rekey.containment.lease import LeaseLost
from rekey.containment.patience import patiently
from rekey.containment.plan import PlannedStep
from rekey.containment.progress import Progress, Status, runs_of
from rekey.containment.record import Recorder, applied, failure
from rekey.containment.standing import fold_step
from rekey.containment.step_call import undo_call_of

_SUCCESSOR: Final = frozenset({Phase.ISSUE, Phase.DISTRIBUTE})
_ENDING: Final = frozenset({Phase.CLOSE_MINT, Phase.CUT, Phase.DELETE})


class Undoing:
    """Undoes one run.

    Args:
        context: the collaborators.
        clock: by which it waits, without losing the leases.
        recorder: writes to the journal.
        run: where it stands; kept up to date.
    """

    def __init__(self, context: Context, clock: Clock, recorder: Recorder, run: Progress) -> None:
        self._context, self._clock, self._recorder, self._run = context, clock, recorder, run
        self._settles = clock.now()
        """When what was taken back so far holds everywhere."""

    def all(self) -> None:
        """Undo every step that can be; a failure stops none of the others."""
        steps = [one for one in reversed(self._run.plan.steps) if self._due(one)]
        for step in sorted(steps, key=lambda one: one.phase in _SUCCESSOR):
            try:
                self._undo(step)
            except LeaseLost:
                raise
            except (GuardRefused, ProviderError) as error:
                said = failure(error)
                self._note("failed", said | {"reason": f"undo: {said['reason']}"}, step)

    def _due(self, step: PlannedStep) -> bool:
        own = self._run.steps[step.id]
        return step.reversible and own.touched and own.status is not Status.UNDONE

    def _undo(self, step: PlannedStep) -> None:
        context, own = self._context, self._run.steps[step.id]
        target = step.target
        provider = patiently(
            self._clock, lambda: context.connections.in_scope(target.provider, target.scope)
        )
        guards.halted(context.settings.kill_switch)
        action, call = action_of(provider, step.action), undo_call_of(step, self._run, context)
        seen = action.observe(call)
        # Applied is what we know of; what was intended only may be ours all the same.
        ours = own.ours or own.applied_at is None
        if seen.effect == "absent" or not ours:
            why = "it is not there" if seen.effect == "absent" else "it was so before this run"
            self._note("undone", {"nothing": why}, step)
            return
        self._check_free(action, step, marked=seen.ours)
        if step.phase in _SUCCESSOR:
            self._check_predecessor(step)
            self._clock.sleep(max(self._settles - self._clock.now(), timedelta()))
        self._note("undo_intent", {}, step)
        result = action.compensate(call)
        if seen.effect == "partial" and not result.removed:
            raise Refused(f"what an attempt left half done is still there: {dict(seen.state)}")
        if action.observe(replace(call, before=None)).effect == "present":
            raise Refused("the provider accepted the undoing, and the effect is still there")
        self._note("undone", applied(result), step)
        self._settles = max(self._settles, self._clock.now() + action.spec.propagation.bound)

    def _check_free(self, action: Action, step: PlannedStep, *, marked: bool | None) -> None:
        """See that no other run rests on the effect.

        Raises:
            GuardRefused: one does, or its mark says so.
        """
        holders = list(dict.fromkeys(self._holders(action, step)))
        if holders or marked is False:
            who = f"run {', '.join(holders)}" if holders else "another run, of another journal"
            raise GuardRefused(
                "undo",
                f"{who} rests on it: {step.title}, {step.target.id}",
                hint=f"Undo {who} first, if that is over too." if holders else
                "Its mark is on it; look for that run before you take it back by hand.",
            )  # fmt: skip

    def _holders(self, action: Action, step: PlannedStep) -> Iterator[str]:
        """Name the runs that came to the same effect later, and so found ours."""
        mine = self._run.steps[step.id].since
        for other in runs_of(self._context.journal):
            if other.plan.run == self._run.plan.run:
                continue
            for its in other.plan.steps:
                same = its.subject == step.subject and (
                    action.spec.on_identity or its.target.id == step.target.id
                )
                own = other.steps[its.id]
                later = own.since is not None and (mine is None or own.since > mine)
                alive = own.status is not Status.UNDONE
                if its.action == step.action and same and later and alive:
                    yield other.plan.run

    def _check_predecessor(self, step: PlannedStep) -> None:
        """See that the old credential works again before its successor is ended.

        Raises:
            GuardRefused: it does not.
        """
        ended = [
            one.id for one in self._run.plan.steps
            if one.target == step.target and one.phase in _ENDING
            and self._run.steps[one.id].touched
            and self._run.steps[one.id].status is not Status.UNDONE
        ]  # fmt: skip
        if ended:
            raise GuardRefused(
                "undo",
                f"the successor stays: the old credential is not back ({', '.join(ended)})",
                hint="Whoever reads the store goes on working with it.",
            )

    def _note(self, kind: str, payload: Mapping[str, Any], step: PlannedStep) -> None:
        entry = self._recorder.write(kind, payload, step=step.id, subject=step.subject)
        fold_step(self._run.steps[step.id], entry)
