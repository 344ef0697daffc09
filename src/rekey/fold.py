"""Matches → alerts: read the sample events in full and say who, with what, from where, on what."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from rekey.alert import ActorRef, Alert, CredentialRef, OriginRef, RawEvent
from rekey.canonical import events_of
from rekey.event import Actor, Credential, NotLogged, Text, WorkloadEvent, plain
from rekey.match import Match
from rekey.sources.interface import InputFile
from rekey.sources.scrub import scrub
from rekey.store import Store
from rekey.targets import Targets, targets_of
from rekey.traits import Found

_T = TypeVar("_T")


def alerts_of(
    matches: Sequence[Match], store: Store, files: Mapping[int, InputFile]
) -> list[Found]:
    """Make alerts, in order of their first event, and say whose each is."""
    events = events_of(store, {seq for match in matches for seq in match.seqs}, files)
    targets = targets_of(matches, store)
    found = [
        _found(
            match, [events[seq] for seq in match.seqs], targets.get((match.rule.id, match.island))
        )
        for match in matches
    ]
    return sorted(found, key=lambda one: (one.alert.first, one.alert.rule.path, one.alert.id))


def _found(match: Match, events: Sequence[WorkloadEvent], targets: Targets | None) -> Found:
    alert = alert_of(match, events, targets)
    if match.value is not None or match.rule.directives.dormant:
        watched = " / ".join(key or "" for key in match.keys)
        return Found(alert, watched, learned=match.value is not None)
    return Found(alert, alert.actor.id, learned=False)


def alert_of(
    match: Match, events: Sequence[WorkloadEvent], targets: Targets | None = None
) -> Alert:
    """Make one alert of a match.

    Args:
        match: what a rule found.
        events: its sample events.
        targets: what its events were done to, if the samples are not all of them.
    """
    shown = _distinct(event.target.id for event in events)
    targets = targets or Targets(shown, len(shown))
    actor = _most(event.actor for event in events if event.actor.id)
    credential = _most(event.credential for event in events if event.credential.id)
    actor_ref, credential_ref = _actor_ref(actor), _credential_ref(credential)
    rule = match.rule
    return Alert(
        id=alert_id(match, actor_ref.id, credential_ref.id),
        rule=rule.ref,
        sources=tuple(sorted({event.source for event in events})),
        actor=actor_ref,
        credential=credential_ref,
        origins=tuple(dict.fromkeys(origin_of(event) for event in events)),
        targets=targets.named,
        targets_total=targets.total,
        actions=_distinct(event.action.name for event in events),
        first=match.first,
        last=match.last,
        count=match.count,
        value=_value(match),
        expected=tuple(map(scrub, match.expected)),
        sample_ids=tuple(event.event_id for event in events),
        seqs=match.seqs,
        events=tuple(raw_event(event) for event in events),
    )


def _actor_ref(actor: Actor | None) -> ActorRef:
    if actor is None:
        return ActorRef()
    return ActorRef(
        id=plain(actor.id), kind=actor.kind.value, name=plain(actor.name),
        account=plain(actor.account),
    )  # fmt: skip


def _credential_ref(credential: Credential | None) -> CredentialRef:
    if credential is None:
        return CredentialRef()
    issued = credential.issued_at
    return CredentialRef(
        id=plain(credential.id), kind=plain(credential.kind), issuer=plain(credential.issuer),
        audience=plain(credential.audience), scopes=plain(credential.scopes),
        issued_at=None if isinstance(issued, NotLogged) else issued,
        bound_to=plain(credential.bound_to),
    )  # fmt: skip


def alert_id(match: Match, actor: str | None, credential: str | None) -> str:
    """Give an id that the same events and the same rule always give, and no others."""
    parts = (match.rule.id, actor, credential, match.value, match.first.isoformat(), *match.keys)
    return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:16]


def origin_of(event: WorkloadEvent) -> OriginRef:
    """Give the short form of an event's origin."""
    origin = event.origin
    return OriginRef(
        ip=plain(origin.ip), network=plain(origin.network), scope=plain(origin.scope),
        user_agent=plain(origin.user_agent),
    )  # fmt: skip


def raw_event(event: WorkloadEvent) -> RawEvent:
    """Give the raw record behind an event."""
    where = event.where
    return RawEvent(
        event_id=event.event_id, time=event.time, source=event.source,
        path=where.path if where else "", record=where.record if where else 0,
        document=event.raw,
    )  # fmt: skip


def _value(match: Match) -> str | None:
    if match.value is not None:
        return scrub(match.value)
    return str(match.reached) if match.rule.correlation else None


def _most(values: Iterable[_T]) -> _T | None:
    """Give the most frequent value; the earliest of equals."""
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else None


def _distinct(values: Iterable[Text]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for value in values if (text := plain(value))))
