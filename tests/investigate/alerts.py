"""Alerts and events in a few words, for tests that join them."""

from datetime import UTC, datetime, timedelta

from rekey.alert import ActorRef, Alert, CredentialRef, Level, OriginRef, RuleRef
from rekey.event import (
    Action,
    Actor,
    ActorKind,
    Credential,
    Origin,
    Outcome,
    Target,
    WorkloadEvent,
)

START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def alert(
    name: str, hours: float = 0, *, lasting: float = 0, level: Level = "high",
    actor: str | None = "role-a", credential: str | None = None, kind: str | None = None,
    source: str = "aws_cloudtrail", rule: str | None = None, scope: str | None = None,
    actor_kind: str = "workload",
) -> Alert:  # fmt: skip
    path = rule or f"aws/{name}"
    return Alert(
        id=name, rule=RuleRef(path=path, id=path, title=f"Title of {path}", level=level),
        sources=(source,), actor=ActorRef(id=actor, kind=actor_kind),
        credential=CredentialRef(id=credential, kind=kind),
        origins=(OriginRef(ip="192.0.2.1", scope=scope),),
        first=at(hours), last=at(hours + lasting), count=1,
    )  # fmt: skip


def event(
    *, source: str = "aws_cloudtrail", seq: int = 1, hours: float = 0, actor: str | None = "role-a",
    kind: ActorKind = ActorKind.WORKLOAD, credential: str | None = None, minted: str | None = None,
    subject: str | None = None, bound: str | None = None, action: str | None = "Call",
    outcome: Outcome = Outcome.SUCCESS, target: str | None = None, network: str | None = None,
    cluster: str | None = None, scope: str | None = None,
) -> WorkloadEvent:  # fmt: skip
    return WorkloadEvent(
        source=source, seq=seq, time=at(hours), event_id=f"{source}-{seq}",
        actor=Actor(id=actor, kind=kind),
        credential=Credential(id=credential, minted_id=minted, subject=subject, bound_to=bound),
        origin=Origin(ip="192.0.2.1", network=network, cluster=cluster, scope=scope),
        action=Action(name=action, outcome=outcome), target=Target(id=target),
    )  # fmt: skip
