"""The effects of a run as events, before they are put into the words of a schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rekey.containment.progress import Status
from rekey.containment.report.evidence import EffectEvidence, EntryRef, Evidence
from rekey.journal.interface import stamp

_TRIED: Final = frozenset({Status.REFUSED, Status.FAILED})
"""Said no to, or given up: an attempt, whether or not it was begun."""

_OVER: Final = frozenset({Status.VERIFIED, Status.UNDONE})


@dataclass(frozen=True)
class EffectEvent:
    """One effect that was begun or refused, and the run that it is of."""

    effect: EffectEvidence
    evidence: Evidence

    @property
    def status(self) -> Status:
        """Where it stands."""
        return Status(self.effect.status)

    @property
    def last(self) -> EntryRef:
        """The entry of the journal that says so."""
        return self.effect.entries[-1]

    @property
    def id(self) -> str:
        """Name it for all runs of a journal: what stands otherwise later is another event."""
        return self.last.hash

    @property
    def began(self) -> datetime | None:
        """When it was permitted, if it ever was."""
        return self.effect.permitted.time if self.effect.permitted else None

    @property
    def why(self) -> str | None:
        """Why it is not done; why an earlier attempt failed is nothing that a proven effect needs."""
        return None if self.status in _OVER else self.effect.reason or None

    @property
    def message(self) -> str:
        """Say it in one line."""
        return f"{self.effect.title}: {self.status}"

    @property
    def context(self) -> dict[str, Any]:
        """What schemas have no fields for; aliases of one person are joined by a slash."""
        run, effect = self.evidence, self.effect
        return {
            "order": run.order, "case": run.case, "plan_digest": run.plan_digest,
            "run_outcome": run.outcome, "override": run.override,
            "requester": "/".join(run.requester),
            "approvers": ["/".join(names) for names in run.approvers],
            "target": effect.target, "proof_grade": effect.grade,
            "residual_until": stamp(effect.residual_until) if effect.residual_until else None,
        }  # fmt: skip


def effect_events(evidence: Evidence) -> Iterator[EffectEvent]:
    """Give the effects of a run that were begun or refused, in the order of the plan.

    What only reads is none, and neither is what waits for something else.
    """
    for effect in evidence.effects:
        if effect.mutates and (effect.permitted or Status(effect.status) in _TRIED):
            yield EffectEvent(effect, evidence)


def known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what nobody knows, at any depth: a field of an event is there or not, never null."""
    return {
        key: known(value) if isinstance(value, dict) else value
        for key, value in fields.items()
        if value is not None
    }
