"""An alert: one rule, one actor, one credential, over one stretch of time. Schema version 1."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Level = Literal["informational", "low", "medium", "high", "critical"]
LEVELS: tuple[Level, ...] = ("informational", "low", "medium", "high", "critical")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class RuleRef(_Frozen):
    """The rule that fired."""

    path: str
    """``<product>/<rule>``: its identity in the repository."""
    id: str
    """Its Sigma id: its identity in every SIEM."""
    title: str
    level: Level
    tags: tuple[str, ...] = ()
    playbook: str | None = None


class ActorRef(_Frozen):
    """Who acted; ``kind`` is workload, human, provider or unknown."""

    id: str | None = None
    kind: str | None = None
    name: str | None = None
    account: str | None = None


class CredentialRef(_Frozen):
    """Which credential acted; an identifier, never a secret."""

    id: str | None = None
    kind: str | None = None
    issuer: str | None = None
    audience: str | None = None
    """For whom it is meant, where the log says so."""
    scopes: str | None = None
    """What it may do, as the log writes it: scopes of a token, policies of a session."""
    issued_at: datetime | None = None
    bound_to: str | None = None


class OriginRef(_Frozen):
    """One place it came from."""

    ip: str | None = None
    network: str | None = None
    scope: str | None = None
    user_agent: str | None = None


class RawEvent(_Frozen):
    """A raw record behind an alert, redacted, with its place in the input."""

    event_id: str
    time: datetime
    source: str
    path: str
    record: int
    document: dict[str, Any]


class Alert(_Frozen):
    """What a rule found.

    ``count`` is the number of matching events, ``sample_ids`` and ``events`` hold at most a
    bounded number of them (first, last, and the one that reached the threshold among them).
    """

    schema_version: Literal[1] = 1
    id: str
    """Stable: SHA-256 over rule id, actor, credential, first time; the first 16 hex digits."""
    rule: RuleRef
    sources: tuple[str, ...]
    actor: ActorRef
    credential: CredentialRef
    origins: tuple[OriginRef, ...] = ()
    targets: tuple[str, ...] = ()
    """What its events were done to, in the order of their first event; at most 250."""
    targets_total: int = 0
    """How many different ones there are, named or not; of more than 20,000 events, among the first
    20,000."""
    actions: tuple[str, ...] = ()
    first: datetime
    last: datetime
    count: int
    value: str | None = None
    """What was new, for first-seen rules; the number reached, for counts."""
    expected: tuple[str, ...] = ()
    """What was seen before, most frequent first, for first-seen rules (at most 5)."""
    sample_ids: tuple[str, ...] = ()
    seqs: tuple[int, ...] = ()
    """Store ids of the matching events, for the case builder; empty in published output."""
    events: tuple[RawEvent, ...] = ()
