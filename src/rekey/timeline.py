"""The timeline of a case: alerts, what was issued, and what its credentials did around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


@dataclass(frozen=True)
class Context:
    """Acts around the alerts of a case, and how many more there were."""

    seqs: tuple[int, ...]
    left_out: int


def context(
    store: Store,
    spans: Mapping[str, tuple[datetime, datetime]],
    whole: Sequence[str],
    most: int = MAX_STEPS,
) -> Context:
    """Find what the credentials of a case did.

    Where there is more than ``most``, acts of the credentials that were issued within the case come
    first (of each the first and the last ones before those between), then what is nearest to an
    alert.

    Args:
        store: holds the events; ``credential_uses`` is there.
        spans: credential → first and last alert; acts within an hour of these are taken.
        whole: credentials that were issued within the case: all their acts are taken.
        most: so many acts are given.
    """
    ever = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    rows = [(name, *ever, 0) for name in whole]
    rows += [(name, first, last, 1) for name, (first, last) in spans.items()]
    found = store.db.execute(
        """SELECT seq, count(*) OVER () FROM (
             SELECT seq, min(rank) AS rank, any_value(time) AS time,
                    min(CASE WHEN rank = 0 THEN least(up, down) ELSE away END) AS place
             FROM (SELECT u.seq, u.time, w.rank,
                          greatest(0, epoch(w.low - u.time), epoch(u.time - w.high)) AS away,
                          row_number() OVER (PARTITION BY w.id, w.rank ORDER BY u.time) AS up,
                          row_number() OVER (PARTITION BY w.id, w.rank
                                             ORDER BY u.time DESC) AS down
                   FROM credential_uses u
                   JOIN (SELECT unnest($1::VARCHAR[]) AS id, unnest($2::TIMESTAMP[]) AS low,
                                unnest($3::TIMESTAMP[]) AS high, unnest($4::INT[]) AS rank) w
                     ON u.id = w.id
                    AND u.time BETWEEN w.low - $5::INTERVAL AND w.high + $5::INTERVAL)
             GROUP BY seq)
           ORDER BY rank, place, time, seq LIMIT $6""",
        [
            [name for name, *_ in rows],
            [_plain(low) for _, low, _, _ in rows],
            [_plain(high) for _, _, high, _ in rows],
            [rank for *_, rank in rows],
            AROUND,
            most,
        ],
    ).fetchall()
    total = found[0][1] if found else 0
    return Context(tuple(sorted(seq for seq, _ in found)), total - len(found))


def steps(
    events: Sequence[WorkloadEvent],
    alerted: Mapping[int, Sequence[str]],
    minted: Mapping[int, Sequence[str]],
) -> tuple[Step, ...]:
    """Make the timeline.

    Args:
        events: in order of time.
        alerted: store id → ids of the alerts that it is part of.
        minted: store id → the credentials of the case that the event issued.
    """
    made: list[Step] = []
    for event in sorted(events, key=lambda e: (e.time, e.seq)):
        role: Literal["mint", "alert", "context"] = "context"
        if event.seq in alerted:
            role = "alert"
        elif event.seq in minted:
            role = "mint"
        step = _step(event, role, alerted.get(event.seq, ()), minted.get(event.seq, ()))
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
    event: WorkloadEvent,
    role: Literal["mint", "alert", "context"],
    alerts: Sequence[str],
    minted: Sequence[str],
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
        minted_ids=tuple(minted),
        origin=origin_of(event),
        role=role,
        alerts=tuple(alerts),
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
    """DuckDB keeps times without a zone, in UTC."""
    return time.astimezone(UTC).replace(tzinfo=None)
