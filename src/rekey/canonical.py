"""Raw records → canonical events, by the registry's roles and the same typed scan as all others."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from rekey.converters.duckdb.layout import Layout
from rekey.converters.duckdb.plan import full_layout
from rekey.converters.duckdb.sql import name
from rekey.event import (
    NOT_LOGGED,
    ROLES,
    Action,
    Actor,
    ActorKind,
    Credential,
    Origin,
    Outcome,
    Target,
    Text,
    WorkloadEvent,
)
from rekey.pipe import piped
from rekey.raw import RawRecord, raw_records
from rekey.scan import full_sql
from rekey.sources.interface import InputFile
from rekey.store import Store


def events_of(
    store: Store, seqs: Iterable[int], files: Mapping[int, InputFile]
) -> dict[int, WorkloadEvent]:
    """Read events in full.

    Args:
        store: the run's store, settled.
        seqs: store ids of the wanted events.
        files: input files by number, for their names.

    Returns:
        Canonical events by store id; raw documents are redacted.
    """
    by_source: dict[str, list[int]] = {}
    for seq in sorted(set(seqs)):
        by_source.setdefault(store.locate(seq)[0], []).append(seq)
    events: dict[int, WorkloadEvent] = {}
    for source, wanted in by_source.items():
        events |= _canonical(store, source, raw_records(store, wanted, files))
    return events


def _canonical(
    store: Store, source: str, records: Mapping[int, RawRecord]
) -> dict[int, WorkloadEvent]:
    """Run the registry's roles over a few records."""
    fields = store.plans[source].layout.source
    layout = full_layout(fields)
    order = list(records)
    lines = (
        orjson.dumps(
            {"s": number, "p": 0, "c": records[seq].context, "d": records[seq].document},
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for number, seq in enumerate(order)
    )
    offered = [role for role in ROLES if role in fields.roles]
    columns = [f"{_as_text(layout, role)} AS {name(role)}" for role in offered]
    columns.append(f"CAST({layout.source_kind()} AS VARCHAR) AS kind")
    keys = " || '|' || ".join(f"coalesce({name(key)}, '')" for key in fields.key)
    with piped(lines) as pipe:
        rows = store.db.execute(
            f"""SELECT time, {keys} AS event_id, {", ".join(columns)}
                FROM ({full_sql(layout, pipe)}) ORDER BY seq"""
        ).fetchall()
    names = ["time", "event_id", *offered, "kind"]
    return {
        seq: _event(store, source, seq, dict(zip(names, row, strict=True)), records[seq])
        for seq, row in zip(order, rows, strict=True)
    }


def _as_text(layout: Layout, role: str) -> str:
    return f"CAST({layout.column(role)} AS VARCHAR)"


def _event(
    store: Store, source: str, seq: int, row: dict[str, Any], record: RawRecord
) -> WorkloadEvent:
    never = store.plans[source].layout.source.capability.never

    def text(role: str) -> Text:
        return NOT_LOGGED if role in never else cast("str | None", row.get(role) or None)

    def time(role: str) -> Any:
        return NOT_LOGGED if role in never else _time(row.get(role))

    actor, ip = row.get("actor.id"), row.get("origin.ip")
    network, scope = store.lookups.origin(ip)
    return WorkloadEvent(
        source=source, seq=seq, time=row["time"].replace(tzinfo=UTC), event_id=row["event_id"],
        actor=Actor(
            id=text("actor.id"), name=text("actor.name"), account=text("actor.account"),
            kind=_kind(store.lookups.kind(actor) or row["kind"]),
        ),
        credential=Credential(
            id=text("credential.id"), kind=text("credential.kind"),
            subject=text("credential.subject"), issuer=text("credential.issuer"),
            audience=text("credential.audience"), scopes=text("credential.scopes"),
            issued_at=time("credential.issued_at"),
            expires_at=time("credential.expires_at"), parent_id=text("credential.parent_id"),
            minted_id=text("credential.minted_id"),
            minted_subject=text("credential.minted_subject"),
            minted_expires_at=time("credential.minted_expires_at"),
            bound_to=text("credential.bound_to"),
        ),
        origin=Origin(
            ip=text("origin.ip"), network=network, scope=scope,
            user_agent=text("origin.user_agent"), pod=text("origin.pod"),
            node=text("origin.node"), cluster=text("origin.cluster"),
        ),
        action=Action(
            name=text("action.name"), outcome=_outcome(row.get("action.outcome")),
            error=text("action.error"), granted_by=text("action.granted_by"),
        ),
        target=Target(id=text("target.id"), kind=text("target.kind")),
        delegation=text("delegation.original"), where=record.where, raw=record.document,
    )  # fmt: skip


def _time(value: str | None) -> datetime | None:
    """Read a time as the vendors write it; CloudTrail has ``Nov 3, 2026, 1:02:03 AM`` as well."""
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        try:
            parsed = datetime.strptime(value, "%b %d, %Y, %I:%M:%S %p").replace(tzinfo=UTC)
        except ValueError:
            return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _kind(value: str | None) -> ActorKind:
    return ActorKind(value) if value in set(ActorKind) else ActorKind.UNKNOWN


def _outcome(value: str | None) -> Outcome:
    return Outcome(value) if value in set(Outcome) else Outcome.UNKNOWN
