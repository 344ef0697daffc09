"""The evidence of a run: statements, each tied to the journal by number and hash. Version 1."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from rekey.containment.plan import LeftOut, Plan, PlannedStep
from rekey.containment.progress import Progress
from rekey.containment.record import cleaned
from rekey.containment.run import known_run
from rekey.journal.interface import Entry, Journal, stamp


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntryRef(_Frozen):
    """Where a statement stands in the journal."""

    seq: int
    hash: str
    time: datetime
    kind: str


class Recorded(_Frozen):
    """A whole entry of the journal, letter by letter: all but ``hash`` is what the hash is of."""

    seq: int
    time: str
    kind: str
    run: str | None
    step: str | None
    subject: str | None
    due_at: str | None
    payload: dict[str, JsonValue]
    previous: str
    hash: str


class Answer(_Frozen):
    """One question to one endpoint; see :class:`rekey.containment.call.Check`."""

    grade: str
    endpoint: str
    question: str
    expected: str
    answer: str
    holds: bool | None


class Granted(_Frozen):
    """Under what a run or an effect was permitted, and when."""

    time: datetime
    approvers: tuple[tuple[str, ...], ...]
    """Names of each person besides the requester."""
    override: str | None
    """The reason of an emergency."""
    set_aside: tuple[str, ...] = ()
    """Guards that refused, and that the emergency set aside."""


class Explained(_Frozen):
    """What a person said about something that a survey had found, or the case shows."""

    ids: tuple[str, ...]
    reason: str
    by: tuple[str, ...]
    time: datetime


class Exposed(_Frozen):
    """:class:`rekey.containment.exposure.Exposure`."""

    kind: str
    what: str
    why: str
    until: datetime | None
    endless: bool


class EffectEvidence(_Frozen):
    """What became of one step."""

    step: str
    title: str
    action: str
    phase: str
    """What it is for; see :class:`rekey.containment.action_spec.Phase`."""
    target: str
    identity: str
    status: str
    grade: str | None
    reason: str
    mutates: bool
    reversible: bool
    permitted: Granted | None
    """Under what it happened; ``None`` for what only reads, or was never begun."""
    stray: tuple[str, ...]
    """Ids of what it made and neither stored nor removed."""
    applied: datetime | None
    verified: datetime | None
    propagation_seconds: int | None
    """Between the provider's acceptance and the proof."""
    bound_seconds: int | None
    """From when on checks counted, after the provider's acceptance."""
    advised_seconds: int | None
    """What that bound should be, where the site had set a shorter one."""
    residual_until: datetime | None
    residual: str | None
    residual_endless: bool
    before: dict[str, JsonValue]
    facts: dict[str, JsonValue]
    answers: tuple[Answer, ...]
    """Of the last round of checks."""
    entries: tuple[EntryRef, ...]


class Figures(_Frozen):
    """How it went, in numbers."""

    planned: datetime
    approved: datetime | None
    first_effect: datetime | None
    proven: datetime | None
    """When the last step that has no grace time was proven."""
    seconds_to_contain: int | None
    """From the begin of the abuse to ``proven``."""
    grades: dict[str, int]
    refusals: dict[str, int]
    """Guard → how often it said no."""


class Evidence(_Frozen):
    """The whole of a run."""

    schema_version: Literal[1] = 1
    journal: str
    run: str
    outcome: str
    override: str | None
    """The reason of an emergency; approvals that come later do not take it back."""
    set_aside: tuple[str, ...]
    """Guards that the emergency set aside for some effect."""
    requester: tuple[str, ...]
    approvers: tuple[tuple[str, ...], ...]
    """Who has approved by now; ``granted`` says when, and each effect under what it happened."""
    granted: tuple[Granted, ...]
    plan_digest: str
    order: str
    case: str
    case_digest: str
    since: datetime
    effects: tuple[EffectEvidence, ...]
    left_out: tuple[LeftOut, ...]
    exposed: tuple[Exposed, ...]
    """What stays usable, as far as the steps that are proven leave it."""
    explanations: tuple[Explained, ...]
    lists: dict[str, str]
    """Signed lists that were consulted → their SHA-256."""
    vanished: tuple[str, ...]
    """Entries of the break-glass list that stood in the one before, and not in this one."""
    figures: Figures
    first: EntryRef
    last: EntryRef
    record: tuple[Recorded, ...]
    """All entries of the run, from which everything above follows; docs/verify-evidence.md."""


def evidence_of(journal: Journal, run: str) -> Evidence:
    """Read the evidence of a run from its journal, and from nothing else.

    Raises:
        RekeyError: the journal does not know the run.
    """
    progress, entries = known_run(journal, run), list(journal.entries(run=run))
    plan = progress.plan
    approved: Any = next((e.payload for e in reversed(entries) if e.kind == "approved"), {})
    return Evidence(
        journal=journal.id, run=run, outcome=progress.outcome, override=progress.override,
        set_aside=progress.set_aside, granted=tuple(_granted(entries)),
        requester=tuple(approved.get("requester", ())),
        approvers=tuple(tuple(one["names"]) for one in approved.get("approvers", ())),
        plan_digest=plan.digest, order=plan.order, case=plan.case, case_digest=plan.case_digest,
        since=plan.since,
        effects=tuple(_effect(step, progress, entries) for step in plan.steps),
        left_out=plan.left_out, exposed=tuple(Exposed(**asdict(e)) for e in progress.ended.exposed),
        explanations=tuple(Explained(**asdict(one)) for one in progress.explanations),
        lists=plan.lists, vanished=plan.vanished, figures=_figures(plan, progress, entries),
        first=_ref(entries[0]), last=_ref(entries[-1]),
        record=tuple(_recorded(entry) for entry in entries),
    )  # fmt: skip


def _effect(step: PlannedStep, run: Progress, entries: Iterable[Entry]) -> EffectEvidence:
    own = run.steps[step.id]
    mine = [entry for entry in entries if entry.step == step.id]
    checked = [entry for entry in mine if "checks" in entry.payload]
    answers = checked[-1].payload["checks"] if checked else ()
    watched = checked[-1].payload if checked else {}
    lag = own.verified_at - own.applied_at if own.verified_at and own.applied_at else None
    return EffectEvidence(
        step=step.id, title=step.title, action=step.action, phase=step.phase.value,
        target=step.target.id, identity=step.target.identity, status=own.status.value,
        grade=own.grade.value if own.grade else None, reason=own.reason,
        mutates=step.mutates, reversible=step.reversible,
        permitted=_permitted(mine), stray=tuple(sorted(own.stray)),
        applied=own.applied_at, verified=own.verified_at,
        propagation_seconds=int(lag.total_seconds()) if lag else None,
        bound_seconds=watched.get("bound_seconds"), advised_seconds=watched.get("advised_seconds"),
        residual_until=step.residual_until, residual=step.residual,
        residual_endless=step.residual_endless,
        before=cleaned(own.before.state) if own.before else {}, facts=cleaned(own.facts),
        answers=tuple(Answer.model_validate(one) for one in answers),
        entries=tuple(_ref(entry) for entry in mine if entry.kind != "lease"),
    )  # fmt: skip


def _granted(entries: Iterable[Entry]) -> Iterator[Granted]:
    for entry in entries:
        if entry.kind == "approved":
            approvers = tuple(tuple(one["names"]) for one in entry.payload["approvers"])
            yield Granted(time=entry.time, approvers=approvers, override=entry.payload["override"])


def _permitted(mine: Iterable[Entry]) -> Granted | None:
    """Give under what an effect began; later attempts do not change that."""
    intent = next((entry for entry in mine if entry.kind == "intent"), None)
    return Granted(time=intent.time, **intent.payload["permission"]) if intent else None


def _figures(plan: Plan, run: Progress, entries: list[Entry]) -> Figures:
    def first(kind: str) -> datetime | None:
        return next((entry.time for entry in entries if entry.kind == kind), None)

    steps = [run.steps[step.id] for step in plan.steps if step.grace_seconds is None]
    times = [step.verified_at for step in steps]
    proven = max((time for time in times if time), default=None) if all(times) else None
    grades: dict[str, int] = {}
    for step in steps:
        if step.grade is not None:
            grades[step.grade.value] = grades.get(step.grade.value, 0) + 1
    refusals: dict[str, int] = {}
    for entry in entries:
        if entry.kind == "refused":
            guard = str(entry.payload["guard"])
            refusals[guard] = refusals.get(guard, 0) + 1
    return Figures(
        planned=plan.created, approved=first("approved"), first_effect=first("intent"),
        proven=proven, grades=grades, refusals=refusals,
        seconds_to_contain=int((proven - plan.since).total_seconds()) if proven else None,
    )  # fmt: skip


def _recorded(entry: Entry) -> Recorded:
    return Recorded(
        seq=entry.seq, time=stamp(entry.time), kind=entry.kind, run=entry.run, step=entry.step,
        subject=entry.subject, due_at=stamp(entry.due_at) if entry.due_at else None,
        payload=dict(entry.payload), previous=entry.previous, hash=entry.hash,
    )  # fmt: skip


def _ref(entry: Entry) -> EntryRef:
    return EntryRef(seq=entry.seq, hash=entry.hash, time=entry.time, kind=entry.kind)
