"""May this step be done now? Every guard is asked anew, because the world may have changed."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rekey.containment import guards
from rekey.containment.approval import Approved, NotApproved
from rekey.containment.blast import approvers
from rekey.containment.context import Context
from rekey.containment.errors import Gone
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Action, Provider
from rekey.containment.lease import Leases
from rekey.containment.patience import patiently
from rekey.containment.plan import PlannedStep, PlannedTarget
from rekey.containment.progress import Progress
from rekey.containment.record import cleaned
from rekey.containment.target import Connection, Target
from rekey.journal.interface import Journal


@dataclass(frozen=True)
class Permission:
    """Under what an effect happens; it stands in its intent.

    Attributes:
        connection: to where, as it was asked a moment ago.
        approvers: names of each.
        override: the reason of an emergency.
        set_aside: guards that refused, and that the emergency set aside.
    """

    connection: Connection
    approvers: list[list[str]]
    override: str | None
    set_aside: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Give it as the journal holds it."""
        return {
            "approvers": self.approvers, "override": self.override,
            "set_aside": list(self.set_aside),
        }  # fmt: skip


class Clearance:
    """The guards of one run.

    Args:
        context: the collaborators.
        leases: the leases of this process.
        approved: what permits effects, or why nothing does.
    """

    def __init__(self, context: Context, leases: Leases, approved: Approved | NotApproved) -> None:
        self._context, self._leases, self._approved = context, leases, approved

    def identity(self, provider: Provider, step: PlannedStep) -> None:
        """See that the plan is about who is there: asked before looking, not only before acting.

        Raises:
            GuardRefused: it is somebody else.
        """
        with suppress(Gone):
            self._resolved(provider, step)

    def effect(
        self, provider: Provider, action: Action, step: PlannedStep, run: Progress
    ) -> Permission:
        """Ask every guard.

        Raises:
            GuardRefused: one said no. ProviderError: the provider could not be asked.
        """
        context, now = self._context, self._context.clock.now()
        guards.halted(context.settings.kill_switch)
        guards.clock(now, context.journal, context.settings.limits.clock_skew)
        connection = patiently(context.clock, provider.connection)
        guards.account(connection, step.target.provider, step.target.scope)
        target = self._target(provider, step, run)
        guards.oneself(connection, target, context.store, context.settings.depends_on)
        guards.protected(provider, target, context.listed, context.site)
        approved = self._permitted(step, run, now)
        refusals = [
            *self._too_few(provider, action, target, approved),
            *self._too_soon(step, run, now),
        ]
        if refusals and approved.override is None:
            raise refusals[0]
        aside = [one.guard for one in refusals]
        if approved.missing:
            aside = ["approval", *aside]
        return Permission(connection, approved.names(), approved.override, tuple(aside))

    def within_append(self, journal: Journal, name: str) -> None:
        """Within the append of an intent: the lease is ours, and there is room for one effect.

        Raises:
            GuardRefused: it is not so.
        """
        self._leases.held(name)
        guards.halted(self._context.settings.kill_switch)
        limits = self._context.settings.limits
        guards.rate(journal, self._context.clock.now(), limits.effects_per_hour)

    def _target(self, provider: Provider, step: PlannedStep, run: Progress) -> Target:
        """Find the target again; what this run has ended is gone, and was seen equal before that."""
        try:
            return self._resolved(provider, step)
        except Gone:
            if any(run.steps[one.id].intended_at for one in run.plan.steps
                   if one.target == step.target):  # fmt: skip
                return step.target.target()
            raise

    def _resolved(self, provider: Provider, step: PlannedStep) -> Target:
        """Find the target again: a plan is a file that whoever asks could have written."""
        planned = step.target
        found = patiently(
            self._context.clock,
            lambda: provider.resolve(planned.kind, planned.id, planned.given),
        )
        # Cleaned as plans are, before they are signed.
        here = cleaned(PlannedTarget.of(found).model_dump(mode="json"))
        guards.unchanged(planned.differs(PlannedTarget.model_validate(here)), planned.id)
        return found

    def _permitted(self, step: PlannedStep, run: Progress, now: datetime) -> Approved:
        if isinstance(self._approved, NotApproved):
            raise GuardRefused("approval", self._approved.message, hint=self._approved.hint)
        due, end = run.steps[step.id].due_at, run.plan.expires
        if due is not None:
            end = due + self._context.settings.limits.due_window
        if now >= end:
            raise GuardRefused(
                "approval", f"it expired at {end:%Y-%m-%d %H:%M} UTC", hint="Make a new plan."
            )
        return self._approved

    def _too_few(
        self, provider: Provider, action: Action, target: Target, approved: Approved
    ) -> list[GuardRefused]:
        """Count anew how many must agree: the plan's figure was written by whoever asks."""
        radius, have = provider.blast_radius(target), len(approved.approvers)
        needed, why = approvers(
            radius, self._context.settings.blast,
            irreversible=not action.spec.reversible, shared=False,
        )  # fmt: skip
        if needed <= have:
            return []
        said = f"{', '.join(why)}: that needs {needed} approvers, and {have} approved"
        return [GuardRefused("blast radius", said, hint="Make a new plan.")]

    def _too_soon(self, step: PlannedStep, run: Progress, now: datetime) -> list[GuardRefused]:
        length = self._context.settings.limits.cool_down
        try:
            guards.cool_down(self._context.journal, step.subject, run.plan.run, now, length)
        except GuardRefused as error:
            return [error]
        return []
