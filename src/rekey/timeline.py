"""The timeline of a case: alerts, what was issued, and what its credentials did around them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from rekey.case import Step
from rekey.event import WorkloadEvent, plain
from rekey.fold import origin_of
from rekey.store import Store

AROUND: Final = timedelta(hours=1)
"""Context before the first and after the last alert on a credential."""

MAX_STEPS: Final = 2_000

FOLD_WITHIN: Final = timedelta(minutes=15)
"""Equal acts in a row, each this near to the one before, are one step."""


def context_seqs(
    store: Store,
    spans: Mapping[str, tuple[datetime, datetime]],
    whole: Sequence[str],
    most: int = MAX_STEPS,
) -> list[int]:
    """Find what the credentials of a case did.

    Args:
        store: holds the events.
        spans: credential → first and last alert; acts within an hour of these are taken.
        whole: credentials that were issued within the case: all their acts are taken.
        most: so many acts are given, the earliest.
    """
    rows = [
        (name, _plain(first - AROUND), _plain(last + AROUND))
        for name, (first, last) in spans.items()
    ]
    rows += [(name, datetime(2000, 1, 1), datetime(2100, 1, 1)) for name in whole]
    if not rows:
        return []
    found = store.db.execute(
        """SELECT DISTINCT u.seq, u.time FROM credential_uses u
           JOIN (SELECT unnest($1::VARCHAR[]) AS id, unnest($2::TIMESTAMP[]) AS low,
                        unnest($3::TIMESTAMP[]) AS high) w
             ON u.id = w.id AND u.time BETWEEN w.low AND w.high
           ORDER BY u.time, u.seq LIMIT $4""",
        [[r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], most],
    ).fetchall()
    return [seq for seq, _ in found]


def steps(
    events: Sequence[WorkloadEvent], alerted: Mapping[int, Sequence[str]], minted: set[int]
) -> tuple[Step, ...]:
    """Make the timeline.

    Args:
        events: in order of time.
        alerted: store id → ids of the alerts that it is part of.
        minted: store ids of events that issued a credential of the case.
    """
    made: list[Step] = []
    for event in sorted(events, key=lambda e: (e.time, e.seq)):
        role: Literal["mint", "alert", "context"] = "context"
        if event.seq in alerted:
            role = "alert"
        elif event.seq in minted:
            role = "mint"
        step = _step(event, role, tuple(alerted.get(event.seq, ())))
        if made and _same(made[-1], step):
            before = made[-1]
            made[-1] = before.model_copy(
                update={
                    "count": before.count + 1,
                    "until": event.time,
                    "event_ids": (*before.event_ids, event.event_id),
                }
            )
        else:
            made.append(step)
    return tuple(made)


def _step(
    event: WorkloadEvent, role: Literal["mint", "alert", "context"], alerts: tuple[str, ...]
) -> Step:
    return Step(
        time=event.time,
        source=event.source,
        event_id=event.event_id,
        event_ids=(event.event_id,),
        actor_id=plain(event.actor.id),
        credential_id=plain(event.credential.id),
        action=plain(event.action.name),
        outcome=event.action.outcome.value,
        target=plain(event.target.id),
        origin=origin_of(event),
        role=role,
        alerts=alerts,
        path=event.where.path if event.where else None,
        record=event.where.record if event.where else None,
        raw=event.raw,
    )


def _same(before: Step, after: Step) -> bool:
    """Only context folds: what raised an alert or issued a credential stands alone."""
    if before.role != "context" or after.role != "context":
        return False
    if after.time - (before.until or before.time) > FOLD_WITHIN:
        return False
    shared = ("source", "actor_id", "credential_id", "action", "outcome", "target", "origin")
    return all(getattr(before, name) == getattr(after, name) for name in shared)


def _plain(time: datetime) -> datetime:
    return time.replace(tzinfo=None)
