"""A case: alerts that belong together, in the order a responder reads them. Schema version 1."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from rekey.alert import ActorRef, Alert, CredentialRef, Level, OriginRef
from rekey.habit import Habit

Attribution = Literal["proven", "derived", "ambiguous", "unknown"]
TiedBy = Literal["credential", "actor", "service account", "pod", "repository", "rule"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Owner(_Frozen):
    """Who owns an identity. ``source`` names the file and line that said so."""

    owner: str
    team: str | None = None
    system: str | None = None
    tier: str | None = None
    contact: str | None = None
    source: str


class CaseActor(_Frozen):
    """An identity in the case."""

    actor: ActorRef
    attribution: Attribution
    reasons: tuple[str, ...]
    owner: Owner | None
    """``None`` is shown as "unknown owner", never left out."""
    shared: bool = False


class CredentialNode(_Frozen):
    """One credential of the tree, with how we know its parent."""

    credential: CredentialRef
    actor_id: str | None
    parent_id: str | None
    link: Attribution | None
    """How sure the edge to the parent is; ``None`` for a root."""
    link_reason: str | None
    minted_at: datetime | None
    minted_by_event: str | None
    expires_at: datetime | None
    revoked_at: datetime | None = None
    """When the logs show it ended by somebody, if not made to work again since."""
    revoked_by: str | None = None
    """Id of the actor who ended it."""
    validity: Literal["valid", "expired", "revoked", "unknown"]
    """At the end of the input's time range."""
    first_used: datetime | None
    last_used: datetime | None
    uses: int
    sources: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    """Ids of the alerts raised on this credential."""

    @property
    def has_ended(self) -> bool:
        """Say whether the logs show that it works no more."""
        return self.validity in ("expired", "revoked")


class Step(_Frozen):
    """One entry of the timeline. ``count`` > 1 folds equal acts in a row."""

    time: datetime
    until: datetime | None = None
    count: int = 1
    source: str
    event_id: str
    event_ids: tuple[str, ...] = ()
    """All events of a folded step, the first one among them."""
    actor_id: str | None
    credential_id: str | None
    action: str | None
    outcome: str | None
    target: str | None
    minted_ids: tuple[str, ...] = ()
    """Credentials of the case that this step issued."""
    origin: OriginRef
    role: Literal["mint", "alert", "context"]
    alerts: tuple[str, ...] = ()
    path: str | None = None
    record: int | None = None
    raw: dict[str, Any] | None = None
    """The raw record, redacted."""


class Abnormal(_Frozen):
    """One way in which this was unlike before."""

    alert_id: str
    """The alert that says so."""
    dimension: str
    observed: str
    expected: tuple[str, ...]
    """Most frequent first, at most 5."""
    first_seen: datetime
    basis: str
    """What the expectation rests on, in words ("31 days of history, 2,104 events")."""


class SourceReadiness(_Frozen):
    """Was this log source there, and can it be trusted?"""

    source: str
    present: bool
    events: int
    first: datetime | None
    last: datetime | None
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    notes: tuple[str, ...] = ()


class NotEvaluable(_Frozen):
    """A rule, or a question, that these logs cannot answer."""

    what: str
    reason: str


class Confidence(_Frozen):
    """How sure we are that this is one abuse; 0 to 100, with every reason that counted."""

    score: int
    reasons: tuple[str, ...]


class InputDigest(_Frozen):
    """A file that was read."""

    path: str
    sha256: str
    size: int
    events: int
    rejected: int


class RejectedRecord(_Frozen):
    """The first record, or file, that was set aside for a reason."""

    reason: str
    path: str
    record: int | None
    """Its number from 1; ``None`` where the whole file is meant."""
    detail: str
    """What is wrong with it; holds no values of the record."""


class Bond(_Frozen):
    """Why some alerts are one case: something that they have in common."""

    by: TiedBy
    name: str
    network: str | None = None
    """Where it joins what came from this network only."""
    alerts: tuple[str, ...]
    """Ids of the alerts that it joins."""


class SiemAlert(_Frozen):
    """An alert that a SIEM raised by itself."""

    siem: str
    id: str
    rule: str
    """The rule's name there."""
    rule_id: str | None
    time: datetime
    because: str
    """Why it belongs to the case."""


class Case(_Frozen):
    """One case."""

    schema_version: Literal[1] = 1
    id: str
    title: str
    """In words: who did what with which credential."""
    level: Level
    opened_because: str
    confidence: Confidence
    first: datetime
    last: datetime
    actors: tuple[CaseActor, ...]
    credentials: tuple[CredentialNode, ...]
    """Parents before children."""
    alerts: tuple[Alert, ...]
    abnormal: tuple[Abnormal, ...]
    timeline: tuple[Step, ...]
    targets: tuple[str, ...]
    playbooks: tuple[str, ...]
    not_evaluable: tuple[NotEvaluable, ...]
    lossy: bool = False
    siem_alerts: tuple[SiemAlert, ...] = ()
    """Alerts about it that a SIEM raised, where one was asked."""
    bonds: tuple[Bond, ...] = ()
    """What joins its alerts: as few as connect them all."""


class Investigation(_Frozen):
    """What ``rekey investigate`` found: the whole report."""

    schema_version: Literal[1] = 1
    tool_version: str
    ruleset_digest: str
    rules: int
    started: datetime
    time_range: tuple[datetime, datetime] | None
    reported_from: datetime | None = None
    """What happened before taught baselines, and is not reported; ``None`` if all is."""
    inputs: tuple[InputDigest, ...]
    rejected: dict[str, int]
    """Reason → number of records."""
    first_rejected: tuple[RejectedRecord, ...] = ()
    """One of each reason."""
    readiness: tuple[SourceReadiness, ...]
    cases: tuple[Case, ...]
    other_alerts: tuple[Alert, ...]
    """Alerts that opened no case."""
    habits: tuple[Habit, ...] = ()
    """Alerts that say nothing new about their identity, folded."""
    not_evaluable: tuple[NotEvaluable, ...]
    learning: tuple[str, ...] = ()
    """Identities whose baselines are still learning."""
    exceptions_judged_on: date | None = None
    """The day on which the site's time-limited exceptions were judged: that of ``--to``, else of
    the last event."""
    expired_exceptions: tuple[str, ...] = ()
    """Exceptions that had ended by then, in words."""
    site_in_force: tuple[str, ...] = ()
    """What the site file left out and changed, in words."""
