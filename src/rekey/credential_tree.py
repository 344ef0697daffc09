"""The credentials of a case: parents before children, with uses, expiry, end and validity."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeVar

from rekey.alert import Alert, CredentialRef
from rekey.case import CredentialNode
from rekey.credential_kind import LONG_TERM, kind_of
from rekey.enrichers.lineage import Edge
from rekey.enrichers.revocations import revocations
from rekey.event import NotLogged, WorkloadEvent, plain
from rekey.store import Store

_NEVER: Final = datetime(2100, 1, 1, tzinfo=UTC)

_SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two services may be apart."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class _Uses:
    """How often, when and by whom a credential was used, in all that was read."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sources: tuple[str, ...] = ()
    actor: str | None = None


class CredentialTree:
    """Collects what is known about each credential of a case.

    Args:
        store: holds the events; ``credential_uses`` is there.
        events: events of the case by store id.
        edges: which credential was made with which.
        alerts: alerts of the case.
    """

    def __init__(
        self,
        store: Store,
        events: Mapping[int, WorkloadEvent],
        edges: Sequence[Edge],
        alerts: Sequence[Alert],
    ) -> None:
        self._store = store
        self._events = events
        self._edges = {edge.child: edge for edge in edges}
        names = {plain(e.credential.id) for e in events.values()} | set(self._edges)
        self._names = sorted(name for name in names | {e.parent for e in edges} if name)
        self._alerts = alerts
        self._revoked = revocations(store, self._names)
        self._end = max((t for s in store.present if (t := store.extent(s)[3])), default=None)

    def nodes(self) -> tuple[CredentialNode, ...]:
        """Give all nodes, parents before children, older before younger."""
        uses = self._uses()
        nodes = {name: self._node(name, uses.get(name, _Uses())) for name in self._names}
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

    def _uses(self) -> dict[str, _Uses]:
        rows = self._store.db.execute(
            """SELECT id, count(*), min(time), max(time), list(DISTINCT source ORDER BY source),
                      arg_max(actor, time)
               FROM credential_uses WHERE id IN (SELECT unnest($1::VARCHAR[])) GROUP BY id""",
            [self._names],
        ).fetchall()
        return {
            name: _Uses(n, low.replace(tzinfo=UTC), high.replace(tzinfo=UTC), tuple(sources), actor)
            for name, n, low, high, sources, actor in rows
        }

    def _node(self, name: str, uses: _Uses) -> CredentialNode:
        edge = self._edges.get(name)
        used = [e for e in self._events.values() if plain(e.credential.id) == name]
        mint = self._mint(name, edge)
        expires = _moment(mint.credential.minted_expires_at) if mint else None
        expires = expires or _first(_moment(e.credential.expires_at) for e in used)
        kind = _first(plain(e.credential.kind) for e in used) or kind_of(name)
        revoked = self._revoked.get(name)
        acts_as = _first(plain(e.actor.id) for e in used) or uses.actor
        return CredentialNode(
            credential=CredentialRef(
                id=name, kind=kind,
                issuer=_first(plain(e.credential.issuer) for e in used),
                audience=_first(plain(e.credential.audience) for e in used),
                scopes=_first(plain(e.credential.scopes) for e in used),
                issued_at=mint.time if mint
                else _first(_moment(e.credential.issued_at) for e in used),
                bound_to=_first(plain(e.credential.bound_to) for e in used),
            ),
            actor_id=acts_as or (plain(mint.credential.minted_subject) if mint else None),
            parent_id=edge.parent if edge else None,
            link=edge.link if edge else None,
            link_reason=edge.reason if edge else None,
            minted_at=edge.time if edge else None,
            minted_by_event=mint.event_id if mint else None,
            expires_at=expires,
            revoked_at=revoked.time if revoked else None,
            revoked_by=revoked.by if revoked else None,
            validity="revoked" if revoked else self._validity(expires, kind, uses.last),
            first_used=uses.first, last_used=uses.last, uses=uses.count, sources=uses.sources,
            alerts=tuple(a.id for a in self._alerts if a.credential.id == name),
        )  # fmt: skip

    def _mint(self, name: str, edge: Edge | None) -> WorkloadEvent | None:
        """Give the event that issued a credential, if it is among those of the case."""
        if edge and edge.seq in self._events:
            return self._events[edge.seq]
        events = self._events.values()
        return next((e for e in events if plain(e.credential.minted_id) == name), None)

    def _validity(
        self, expires: datetime | None, kind: str | None, last: datetime | None
    ) -> Literal["valid", "expired", "unknown"]:
        """Judge at the end of the logs: later nobody looked. What was used after its end may still work."""
        if expires is None or self._end is None:
            return "valid" if kind in LONG_TERM else "unknown"
        if last is not None and last > expires + _SKEW:
            return "unknown"
        return "expired" if expires <= self._end else "valid"


def _born(node: CredentialNode) -> datetime:
    return node.minted_at or node.first_used or _NEVER


def _moment(value: datetime | NotLogged | None) -> datetime | None:
    return None if isinstance(value, NotLogged) else value


def _first(values: Iterable[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)
