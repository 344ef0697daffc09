"""All guards of one run, asked anew before each effect: the world may have changed since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rekey.containment import guards
from rekey.containment.approval import Approved, NotApproved
from rekey.containment.blast import approvers
from rekey.containment.context import Context
from rekey.containment.errors import Gone
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Action, Connection, Provider, Target
from rekey.containment.lease import Leases
from rekey.containment.plan import PlannedStep, PlannedTarget
from rekey.containment.progress import Progress
from rekey.containment.record import cleaned
from rekey.containment.step_call import subject
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


class Guarding:
    """The guards of one run.

    Args:
        context: the collaborators.
        leases: the leases of this process.
        approved: what permits effects, or why nothing does.
    """

    def __init__(self, context: Context, leases: Leases, approved: Approved | NotApproved) -> None:
        self._context, self._leases, self._approved = context, leases, approved

    def before(
        self, provider: Provider, action: Action, step: PlannedStep, run: Progress
    ) -> Permission:
        """Ask every guard.

        Raises:
            GuardRefused: one said no. ProviderError: the provider could not be asked.
        """
        context, now = self._context, self._context.clock.now()
        guards.halted(context.settings.kill_switch)
        connection = provider.connection()
        guards.account(connection, step.target.provider, step.target.scope)
        guards.clock(now, context.journal, connection, context.settings.limits)
        target = self._resolved(provider, step, run)
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

    def _resolved(self, provider: Provider, step: PlannedStep, run: Progress) -> Target:
        """Find the target again: a plan is a file that whoever asks could have written.

        What an earlier step of this run has ended is gone; it was seen equal before that.
        """
        planned = step.target
        try:
            found = provider.resolve(planned.kind, planned.id, planned.given)
        except Gone:
            if any(run.steps[one.id].intended_at for one in run.plan.steps
                   if one.target == planned):  # fmt: skip
                return planned.target()
            raise
        here = PlannedTarget.of(found).model_dump(mode="json")
        # Cleaned as plans are, before they are signed.
        if different := planned.differs(PlannedTarget.model_validate(cleaned(here))):
            raise GuardRefused(
                "plan",
                f"{planned.id} is not what the plan says it is: its {', '.join(different)} differ",
                hint="It was changed since the plan was made, or the plan was written by hand. "
                "Make a new one.",
            )
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
            guards.cool_down(self._context.journal, subject(step), run.plan.run, now, length)
        except GuardRefused as error:
            return [error]
        return []
