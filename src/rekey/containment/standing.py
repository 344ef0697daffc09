"""Where one step stands: read from its journal entries, each of which says one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from rekey.containment.action_spec import Grade
from rekey.containment.call import Observation
from rekey.containment.record import observation
from rekey.containment.target import Facts
from rekey.journal.interface import Entry


class Status(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    INTENDED = "intended"
    """The journal says that it was about to happen; whether it did is for the provider to say."""
    APPLIED = "applied"
    """Accepted by the provider, and not proven."""
    VERIFIED = "verified"
    RESIDUAL = "residual"
    """Cannot be revoked, as the plan said: exposed until a stated time."""
    UNPROVEN = "unproven"
    REFUSED = "refused"
    FAILED = "failed"
    BLOCKED = "blocked"
    WAITING = "waiting"
    UNDONE = "undone"
    """Taken back, or found not to be ours to take back."""


DONE = frozenset({Status.VERIFIED, Status.RESIDUAL})


@dataclass
class StepProgress:
    """What the journal says about one step."""

    status: Status = Status.PENDING
    before: Observation | None = None
    intended_at: datetime | None = None
    cutoff: datetime | None = None
    applied_at: datetime | None = None
    facts: Facts = field(default_factory=dict)
    ours: bool = False
    """We changed something, so that undoing it is ours."""
    grade: Grade | None = None
    verified_at: datetime | None = None
    due_at: datetime | None = None
    controls: frozenset[str] = frozenset()
    """Fingerprints of credentials that were accepted before the effect."""
    reason: str = ""
    attempts: int = 0
    stray: frozenset[str] = frozenset()
    """Ids of what was made and neither stored nor removed."""
    set_aside: tuple[str, ...] = ()
    """Guards that an emergency set aside for this effect."""

    @property
    def since(self) -> datetime | None:
        """Since when it was there, or may have been; ``None`` if it was never begun."""
        return self.intended_at or self.applied_at

    @property
    def touched(self) -> bool:
        """Whether it was carried out, or may have been."""
        return self.since is not None

    @property
    def done(self) -> bool:
        """Whether it is done, and proven as well as the plan asked."""
        return self.status in DONE


def fold_step(step: StepProgress, entry: Entry) -> None:
    """Apply one entry; each kind of entry says one thing."""
    payload: Mapping[str, Any] = entry.payload
    match entry.kind:
        case "intent":
            # The first state counts: a second attempt must not take half an effect for the origin.
            step.before = step.before or observation(payload["before"])
            step.intended_at = step.intended_at or entry.time
            step.cutoff = _time(payload["cutoff"]) or step.cutoff
            step.status, step.attempts = Status.INTENDED, step.attempts + 1
            step.set_aside += tuple(payload["permission"]["set_aside"])
        case "control":
            step.controls |= {payload["fingerprint"]} if payload["fingerprint"] else frozenset()
        case "applied":
            step.status, step.applied_at = Status.APPLIED, entry.time
            step.facts = {**step.facts, **payload["facts"]}
            step.ours = step.ours or payload["ours"]
            step.stray = frozenset()
        case "unclear" | "throttled" | "cleared":
            step.stray = (step.stray | {*payload.get("made", ())}) - {*payload["removed"]}
        case "verified":
            step.status, step.grade = Status.VERIFIED, Grade(payload["grade"])
            step.verified_at, step.facts = entry.time, {**step.facts, **payload["facts"]}
        case "residual":
            step.status, step.grade, step.verified_at = Status.RESIDUAL, Grade.D, entry.time
        case "waiting":
            step.status, step.due_at = Status.WAITING, entry.due_at
        case "unproven" | "refused" | "failed" | "blocked":
            step.status, step.reason = Status(entry.kind), payload["reason"]
            step.stray = (step.stray | {*payload.get("made", ())}) - {*payload.get("removed", ())}
            if "facts" in payload:
                step.facts = {**step.facts, **payload["facts"]}
        case "undone":
            step.status, step.ours, step.grade = Status.UNDONE, False, None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
