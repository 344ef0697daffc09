"""The canonical event: one act of a workload, whatever log it comes from.

``None`` means that the record does not say; :data:`NOT_LOGGED` means that its source never does.
The difference decides between "innocent" and "not evaluable".
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class NotLogged:
    """Singleton marker; falsy, so that ``value or default`` reads naturally."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_LOGGED"


NOT_LOGGED: Final = NotLogged()
Text = str | None | NotLogged


def plain(value: Text) -> str | None:
    """Published output says null for both "absent" and "never logged"."""
    return value if isinstance(value, str) else None


class ActorKind(StrEnum):
    """What acts."""

    WORKLOAD = "workload"
    HUMAN = "human"
    PROVIDER = "provider"
    """A service of the cloud itself."""
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How the act ended."""

    SUCCESS = "success"
    DENIED = "denied"
    FAILURE = "failure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Where:
    """Position of a raw record; ``record`` counts lines, or elements of an array, from 1."""

    path: str
    record: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted. ``id`` is the canonical id of the source (see the registry's roles)."""

    id: Text = None
    kind: ActorKind = ActorKind.UNKNOWN
    name: Text = None
    account: Text = None


@dataclass(frozen=True, slots=True)
class Credential:
    """What it acted with. ``minted_id`` is a credential that this very event issued."""

    id: Text = None
    kind: Text = None
    subject: Text = None
    """The identity it speaks for in another system (an OIDC subject, a service account)."""
    issuer: Text = None
    audience: Text = None
    scopes: Text = None
    """What it may do, as the source writes it."""
    issued_at: datetime | NotLogged | None = None
    expires_at: datetime | NotLogged | None = None
    parent_id: Text = None
    minted_id: Text = None
    minted_subject: Text = None
    """The identity for which ``minted_id`` was issued, where that is another one."""
    minted_expires_at: datetime | NotLogged | None = None
    bound_to: Text = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where it came from. ``network`` is the ASN, else the /24 or /48."""

    ip: Text = None
    network: Text = None
    scope: Text = None
    user_agent: Text = None
    pod: Text = None
    node: Text = None
    cluster: Text = None


@dataclass(frozen=True, slots=True)
class Action:
    """What it did."""

    name: Text = None
    outcome: Outcome = Outcome.UNKNOWN
    error: Text = None
    granted_by: Text = None


@dataclass(frozen=True, slots=True)
class Target:
    """What it touched."""

    id: Text = None
    kind: Text = None


@dataclass(frozen=True, slots=True)
class WorkloadEvent:
    """One act. ``seq`` identifies it within one replay; ``raw`` is redacted."""

    source: str
    seq: int
    time: datetime
    event_id: str
    actor: Actor = Actor()
    credential: Credential = Credential()
    origin: Origin = Origin()
    action: Action = Action()
    target: Target = Target()
    delegation: Text = None
    where: Where | None = None
    raw: dict[str, Any] = field(default_factory=dict)


ROLES: Final = (
    "actor.id", "actor.name", "actor.account",
    "credential.id", "credential.kind", "credential.subject", "credential.issuer", "credential.audience",
    "credential.scopes",
    "credential.issued_at", "credential.expires_at", "credential.parent_id",
    "credential.minted_id", "credential.minted_subject", "credential.minted_expires_at",
    "credential.revoked_id", "credential.restored_id", "credential.bound_to",
    "origin.ip", "origin.user_agent", "origin.pod", "origin.node", "origin.cluster",
    "action.name", "action.outcome", "action.error", "action.granted_by",
    "target.id", "target.kind", "delegation.original",
)  # fmt: skip
"""Canonical roles that a registry file may fill. ``actor.kind`` and ``origin.network``,
``origin.scope``, ``origin.expected`` are derived fields, because rules may use them too."""
