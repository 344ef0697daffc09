"""Where a run stands: read from its journal entries, and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from rekey.containment.interface import Facts, Grade, Observation
from rekey.containment.plan import Plan
from rekey.containment.record import observation
from rekey.journal.interface import Entry, Journal


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


@dataclass
class Progress:
    """What the journal says about one run."""

    plan: Plan
    steps: dict[str, StepProgress]
    started: datetime | None = None
    override: str | None = None
    request: str = ""
    approvals: tuple[str, ...] = ()
    """Signatures, which are checked again whenever the run goes on."""
    undoing: bool = False
    """The last thing that was begun was to take it back."""
    finished: str | None = None
    """The outcome that was written last, if the run came to an end."""

    @property
    def outcome(self) -> str:
        """Say in a word where the run stands."""
        steps = [self.steps[step.id] for step in self.plan.steps]
        if any(step.status is Status.UNDONE for step in steps):
            return "undone"
        open_ = [step for step in steps if step.status not in DONE]
        if all(step.status is Status.WAITING for step in open_):
            goal = "contained" if self.plan.order == "contain" else "rotated"
            exposed = any(step.status is Status.RESIDUAL for step in steps)
            return f"{goal}, exposure remains" if exposed else f"{goal} and verified"
        return "incomplete"

    def ending(self) -> dict[str, Any]:
        """Give how the run ended, as the journal holds it: the outcome, and where each step stands."""
        stands = {id: [own.status.value, own.grade] for id, own in self.steps.items()}
        return {"outcome": self.outcome, "steps": stands}

    def needs_met(self, step: str) -> list[str]:
        """Give the steps that this one waits for and that are not done."""
        needs = self.plan.step(step).needs
        return [need for need in needs if self.steps[need].status not in DONE]


def progress_of(journal: Journal, run: str) -> Progress | None:
    """Read where a run stands; ``None`` if the journal does not know it."""
    found: Progress | None = None
    for entry in journal.entries(run=run):
        if entry.kind == "planned" and found is None:
            plan = Plan.model_validate(entry.payload["plan"])
            found = Progress(plan, {step.id: StepProgress() for step in plan.steps})
        elif found is not None:
            _fold_run(found, entry)
            if entry.step in found.steps:
                fold_step(found.steps[entry.step], entry)
    return found


def runs_of(journal: Journal) -> list[Progress]:
    """Read all runs, in the order in which they were planned."""
    runs = [entry.run for entry in journal.entries(kind="planned") if entry.run]
    return [found for run in dict.fromkeys(runs) if (found := progress_of(journal, run))]


def _fold_run(found: Progress, entry: Entry) -> None:
    payload = entry.payload
    if entry.kind == "approved":
        found.request, found.approvals = payload["request"], tuple(payload["signatures"])
        found.override = payload["override"]
    elif entry.kind in ("started", "undo_started"):
        found.started, found.finished = found.started or entry.time, None
        found.undoing = entry.kind == "undo_started"
    elif entry.kind == "finished":
        found.finished = payload["outcome"]


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
        case "control":
            step.controls |= {payload["fingerprint"]} if payload["fingerprint"] else frozenset()
        case "applied":
            step.status, step.applied_at = Status.APPLIED, entry.time
            step.facts = {**step.facts, **payload["facts"]}
            step.ours = step.ours or payload["ours"]
        case "verified":
            step.status, step.grade = Status.VERIFIED, Grade(payload["grade"])
            step.verified_at, step.facts = entry.time, {**step.facts, **payload["facts"]}
        case "residual":
            step.status, step.grade, step.verified_at = Status.RESIDUAL, Grade.D, entry.time
        case "waiting":
            step.status, step.due_at = Status.WAITING, entry.due_at
        case "unproven" | "refused" | "failed" | "blocked":
            step.status, step.reason = Status(entry.kind), payload["reason"]
        case "undone":
            step.status, step.ours, step.grade = Status.UNDONE, False, None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
