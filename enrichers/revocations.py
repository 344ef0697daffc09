"""Revocations: which credentials the logs show ended, when, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rekey.enrichers.lineage import role_columns
from rekey.store import Store

_ASKED: Final = ("credential.revoked_id", "credential.restored_id", "actor.id")


@dataclass(frozen=True)
class Revocation:
    """The end of a credential.

    Attributes:
        by: who ended it, where the record says.
    """

    time: datetime
    by: str | None


def revocations(store: Store, credentials: Sequence[str]) -> dict[str, Revocation]:
    """Give the ends of credentials; one that was made to work again since has none.

    Args:
        store: filled with ``lineage=True``.
        credentials: their ids.
    """
    selects = [_told(store, source) for source in store.present if _tells(store, source)]
    if not selects:
        return {}
    rows = store.db.execute(
        f"""SELECT id, time, actor FROM ({" UNION ALL ".join(selects)})
            WHERE id IN (SELECT unnest($1::VARCHAR[]))
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY time DESC, seq DESC) = 1 AND ended""",
        [list(credentials)],
    ).fetchall()
    return {id: Revocation(time.replace(tzinfo=UTC), by) for id, time, by in rows}


def _tells(store: Store, source: str) -> bool:
    return store.plans[source].layout.source.revocation is not None


def _told(store: Store, source: str) -> str:
    layout = store.plans[source].layout
    table, (revoked, restored, actor) = role_columns(store, source, _ASKED)
    return f"""SELECT coalesce({revoked}, {restored}) AS id, {actor} AS actor, time, seq,
        {revoked} IS NOT NULL AS ended FROM {table}
        WHERE {layout.fill(layout.source.revocation or "false")}"""
