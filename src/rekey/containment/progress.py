"""Where a run stands: read from its journal entries, and from nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rekey.containment.action_spec import Phase
from rekey.containment.outcome import Outcome, outcome_of
from rekey.containment.plan import Plan
from rekey.containment.standing import Status, StepProgress, fold_step
from rekey.containment.survey import Finding
from rekey.journal.interface import Entry, Journal

__all__ = ["Explanation", "Progress", "Status", "StepProgress", "progress_of", "runs_of"]


@dataclass(frozen=True)
class Explanation:
    """What a responder said about something that a survey had found."""

    ids: tuple[str, ...]
    reason: str
    by: tuple[str, ...]
    time: datetime


@dataclass
class Progress:
    """What the journal says about one run."""

    plan: Plan
    steps: dict[str, StepProgress]
    started: datetime | None = None
    override: str | None = None
    """The reason of an emergency; once declared, it is never taken back."""
    request: str = ""
    approvals: tuple[str, ...] = ()
    """Signatures, which are checked again whenever the run goes on."""
    explanations: tuple[Explanation, ...] = ()
    undoing: bool = False
    """An undoing was begun, so that nothing else happens to the run any more."""
    finished: str | None = None
    """The outcome that was written last, if the run came to an end."""
    ended_at: datetime | None = None
    """When the run last came to an end, whether or not it was gone on with."""

    @property
    def known(self) -> frozenset[str]:
        """Give the ids that a survey need not report: contained, issued here, or explained by a person."""
        return frozenset(self.plan.explained).union(
            *(one.ids for one in self.explanations), self._issued()
        )

    def _issued(self) -> Iterator[str]:
        """Give what names the successors that this run made, for whichever target."""
        for step in self.plan.steps:
            if step.phase is Phase.ISSUE:
                facts = self.steps[step.id].facts.values()
                yield from (one for one in facts if isinstance(one, str))

    @property
    def set_aside(self) -> tuple[str, ...]:
        """Name the guards that the emergency set aside for some effect."""
        return tuple(dict.fromkeys(name for one in self.steps.values() for name in one.set_aside))

    @property
    def findings(self) -> list[Finding]:
        """Give what surveys found, and the case shows, that nobody has explained."""
        found = [one.finding() for one in self.plan.findings]
        for step in self.plan.steps:
            collected: Any = self.steps[step.id].facts.get("collected")
            if step.phase is Phase.SURVEY and collected:
                found += [Finding.of(one) for one in collected.get("findings", ())]
        return [one for one in dict.fromkeys(found) if not one.explained(self.known)]

    @property
    def ended(self) -> Outcome:
        """Say where the run stands, and what stays exposed."""
        return outcome_of(self.plan, self.steps, undoing=self.undoing)

    @property
    def outcome(self) -> str:
        """Say in a word where the run stands."""
        return self.ended.words

    def ending(self) -> dict[str, Any]:
        """Give how the run ended, as the journal holds it: the outcome, and where each step stands."""
        stands = {id: [own.status.value, own.grade] for id, own in self.steps.items()}
        return {"outcome": self.outcome, "steps": stands}

    def needs_met(self, step: str) -> list[str]:
        """Give the steps that this one waits for and that are not done."""
        return [need for need in self.plan.step(step).needs if not self.steps[need].done]


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
        found.override = found.override or payload["override"]
    elif entry.kind == "explained":
        own = Explanation(
            tuple(payload["ids"]), payload["reason"], tuple(payload["by"]), entry.time
        )
        found.explanations += (own,)
    elif entry.kind in ("started", "undo_started"):
        found.started, found.finished = found.started or entry.time, None
        found.undoing = found.undoing or entry.kind == "undo_started"
    elif entry.kind == "finished":
        found.finished, found.ended_at = payload["outcome"], entry.time
