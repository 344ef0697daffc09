"""The credentials of a case: parents before children, with uses, expiry and validity."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from rekey.alert import Alert, CredentialRef
from rekey.case import CredentialNode
from rekey.enrichers.lineage import Edge
from rekey.event import NotLogged, WorkloadEvent, plain
from rekey.store import Store

LONG_TERM = ("aws_access_key",)
"""Kinds that are valid until somebody ends them."""


class CredentialTree:
    """Collects what is known about each credential of a case."""

    def __init__(
        self,
        store: Store,
        events: Iterable[WorkloadEvent],
        edges: Sequence[Edge],
        alerts: Sequence[Alert],
    ) -> None:
        self._store = store
        self._events = list(events)
        self._edges = {edge.child: edge for edge in edges}
        names = {plain(e.credential.id) for e in self._events} | set(self._edges)
        self._names = [name for name in names | {e.parent for e in edges} if name]
        self._alerts = alerts
        self._end = max((t for s in store.present if (t := store.extent(s)[3])), default=None)

    def nodes(self) -> tuple[CredentialNode, ...]:
        """Give all nodes, parents before children, older before younger."""
        uses = self._uses()
        nodes = {name: self._node(name, uses) for name in self._names}
        ordered: dict[str, CredentialNode] = {}

        def place(name: str) -> None:
            node = nodes.get(name)
            if node is None or name in ordered:
                return
            if node.parent_id and node.parent_id != name and node.parent_id not in ordered:
                path.append(name)
                if node.parent_id not in path:
                    place(node.parent_id)
                path.pop()
            ordered.setdefault(name, node)

        path: list[str] = []
        for name in sorted(nodes, key=lambda n: (_born(nodes[n]), n)):
            place(name)
        return tuple(ordered.values())

    def _uses(self) -> dict[str, tuple[int, datetime, datetime, tuple[str, ...]]]:
        rows = self._store.db.execute(
            """SELECT id, count(*), min(time), max(time), list(DISTINCT source ORDER BY source)
               FROM credential_uses WHERE id IN (SELECT unnest($1::VARCHAR[])) GROUP BY id""",
            [self._names],
        ).fetchall()
        return {
            id: (n, low.replace(tzinfo=UTC), high.replace(tzinfo=UTC), tuple(sources))
            for id, n, low, high, sources in rows
        }

    def _node(
        self, name: str, uses: dict[str, tuple[int, datetime, datetime, tuple[str, ...]]]
    ) -> CredentialNode:
        edge = self._edges.get(name)
        used = [e for e in self._events if plain(e.credential.id) == name]
        mint = next((e for e in self._events if plain(e.credential.minted_id) == name), None)
        count, first, last, sources = uses.get(name, (0, None, None, ()))
        expires = _moment(mint.credential.minted_expires_at) if mint else None
        expires = expires or next(
            (t for e in used if (t := _moment(e.credential.expires_at))), None
        )
        kind = next((k for e in used if (k := plain(e.credential.kind))), None) or _kind(name)
        return CredentialNode(
            credential=CredentialRef(
                id=name, kind=kind,
                issuer=next((i for e in used if (i := plain(e.credential.issuer))), None),
                issued_at=mint.time if mint else
                next((t for e in used if (t := _moment(e.credential.issued_at))), None),
                bound_to=next((b for e in used if (b := plain(e.credential.bound_to))), None),
            ),
            actor_id=next((a for e in used if (a := plain(e.actor.id))), None),
            parent_id=edge.parent if edge else None,
            link=edge.link if edge else None,
            link_reason=edge.reason if edge else None,
            minted_at=edge.time if edge else None,
            minted_by_event=mint.event_id if mint else None,
            expires_at=expires,
            validity=self._validity(expires, kind),
            first_used=first, last_used=last, uses=count, sources=sources,
            alerts=tuple(a.id for a in self._alerts if a.credential.id == name),
        )  # fmt: skip

    def _validity(
        self, expires: datetime | None, kind: str | None
    ) -> Literal["valid", "expired", "unknown"]:
        """Judge at the end of the logs: later nobody looked."""
        if expires is None or self._end is None:
            return "valid" if kind in LONG_TERM else "unknown"
        return "expired" if expires <= self._end else "valid"


def _born(node: CredentialNode) -> datetime:
    never = datetime(2100, 1, 1, tzinfo=UTC)
    return node.minted_at or node.first_used or never


def _moment(value: datetime | NotLogged | None) -> datetime | None:
    return None if isinstance(value, NotLogged) else value


def _kind(name: str) -> str | None:
    """Tell the kind of a credential that was issued and never seen in use."""
    prefixes = {"oidc:": "oidc_subject", "ASIA": "aws_session_key", "AKIA": "aws_access_key",
                "JTI=": "k8s_token"}  # fmt: skip
    return next((kind for prefix, kind in prefixes.items() if name.startswith(prefix)), None)
