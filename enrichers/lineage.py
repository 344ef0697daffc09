"""Lineage: which credential was made with which, from mint to use, across log sources.

An edge is *proven* where one record names both the credential that was presented and the one that
was issued. It is *derived* where the issuer knows its caller only by name (a service account that
logs in to Vault, a workflow that assumes a role) and exactly one credential of that name fits, and
*ambiguous* where several do: those are told, and never used to join anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from rekey.converters.duckdb.sql import literal
from rekey.origins import network_of
from rekey.store import Store

MAX_NODES: Final = 400
"""Credentials in one walk; a key that minted more is cut off here, and the case says so."""

MAX_DEPTH: Final = 8

FITTING: Final = timedelta(hours=24)
"""How long before a login the credential behind it may have been issued or last used."""

_USE: Final = ("credential.id", "credential.subject", "actor.id", "origin.ip")
_MINT: Final = ("credential.minted_id", "credential.minted_subject")


@dataclass(frozen=True)
class Edge:
    """One credential made with another.

    Attributes:
        parent: ``None`` where the log does not tell with what the child was obtained.
        seq: store id of the event that issued the child.
    """

    child: str
    parent: str | None
    time: datetime
    source: str
    seq: int
    link: Literal["proven", "derived", "ambiguous", "unknown"]
    reason: str


@dataclass(frozen=True)
class _Mint:
    source: str
    seq: int
    time: datetime
    parent: str | None
    child: str
    minted_subject: str | None
    subject: str | None
    actor: str | None
    ip: str | None


class Lineage:
    """Walks between credentials; the store must have been filled with ``lineage=True``."""

    def __init__(self, store: Store) -> None:
        self._db = store.db
        selects = [select for source in store.present if (select := _mints(store, source))]
        self._db.execute(
            "CREATE OR REPLACE TEMP TABLE mints AS " + (" UNION ALL ".join(selects) or _EMPTY)
        )
        uses = [_uses(store, source) for source in store.present]
        self._db.execute(
            "CREATE OR REPLACE TEMP VIEW credential_uses AS " + (" UNION ALL ".join(uses) or _EMPTY)
        )
        self._parents: dict[str, Edge | None] = {}
        self._fan_out: dict[str, int] = {}

    def parent(self, child: str) -> Edge | None:
        """Give the edge to a credential's parent; ``None`` if its issue was not seen."""
        if child not in self._parents:
            # Where two accounts log one act, the record of the caller's own names what it presented.
            rows = self._fetch("child = ?", [child], "parent IS NULL, time DESC, seq LIMIT 1")
            self._parents[child] = self._edge(rows[0]) if rows else None
        return self._parents[child]

    def ancestors(self, credential: str) -> list[Edge]:
        """Walk up from a credential; the nearest edge first."""
        edges: list[Edge] = []
        seen = {credential}
        current: str | None = credential
        while current and len(edges) < MAX_DEPTH and (edge := self.parent(current)):
            edges.append(edge)
            current = edge.parent if edge.link in ("proven", "derived") else None
            if current in seen:
                break
            seen.add(current or "")
        return edges

    def descendants(self, credentials: Iterable[str]) -> list[Edge]:
        """Walk down from credentials: everything that was made with them, and with that."""
        found: dict[str, Edge] = {}
        level = list(dict.fromkeys(credentials))
        walked = set(level)
        for _ in range(MAX_DEPTH):
            if not level or len(found) >= MAX_NODES:
                break
            edges = self._children(level)
            level = list(dict.fromkeys(e.child for e in edges if e.child not in walked))
            walked |= set(level)
            for edge in edges:
                found.setdefault(edge.child, edge)
        return list(found.values())[:MAX_NODES]

    def made_with(self, spans: Mapping[str, tuple[datetime, datetime]]) -> list[Edge]:
        """Give what credentials issued directly, each within its own stretch of time."""
        edges = self._children(list(spans))
        return [e for e in edges if e.parent and spans[e.parent][0] <= e.time <= spans[e.parent][1]]

    def fan_out(self, credential: str) -> int:
        """Count the credentials that were issued with this one, in all that was read."""
        if credential not in self._fan_out:
            row = self._db.execute(
                "SELECT count(DISTINCT child) FROM mints WHERE parent = ?", [credential]
            ).fetchone()
            self._fan_out[credential] = int(row[0]) if row else 0
        return self._fan_out[credential]

    def _children(self, parents: Sequence[str]) -> list[Edge]:
        direct = self._fetch("parent IN (SELECT unnest($1::VARCHAR[]))", [list(parents)])
        edges = [self._edge(mint) for mint in direct]
        # What a named identity obtained elsewhere is its credential's child too, where it is clear.
        for mint in self._logins_of(parents):
            edge = self._edge(mint)
            if edge.parent in parents and edge.link == "derived":
                edges.append(edge)
        return edges

    def _logins_of(self, parents: Sequence[str]) -> list[_Mint]:
        """Logins by the identities for which these credentials were issued or used."""
        return self._fetch(
            """parent IS NULL AND subject IS NOT NULL AND subject IN (
                 SELECT minted_subject FROM mints WHERE child IN (SELECT unnest($1::VARCHAR[]))
                 UNION SELECT subject FROM credential_uses
                 WHERE id IN (SELECT unnest($1::VARCHAR[])))""",
            [list(parents)],
        )

    def _edge(self, mint: _Mint) -> Edge:
        if mint.parent is not None:
            reason = "one record names the credential presented and the one issued"
            link: Literal["proven", "derived", "ambiguous", "unknown"] = "proven"
            if mint.parent.startswith("oidc:"):
                reason = "the issuer logged the subject of the identity token"
            return _edge(mint, mint.parent, link, reason)
        if mint.subject is None:
            return _edge(mint, None, "unknown", "the log does not name what was presented")
        return self._by_subject(mint, mint.subject)

    def _by_subject(self, mint: _Mint, subject: str) -> Edge:
        fitting = self._fitting(subject, mint)
        home = network_of(mint.ip)
        near = {id for id, ip in fitting if home and network_of(ip) == home}
        every = {id for id, _ in fitting}
        if len(every) == 1:
            return _edge(mint, every.pop(), "derived", f"the only credential of {subject} then")
        if len(near) == 1:
            reason = f"the only credential of {subject} from the same network then"
            return _edge(mint, near.pop(), "derived", reason)
        if every:
            reason = f"{len(every)} credentials of {subject} fit"
            return _edge(mint, None, "ambiguous", reason)
        return _edge(mint, None, "unknown", f"no credential of {subject} was seen before")

    def _fitting(self, subject: str, mint: _Mint) -> list[tuple[str, str | None]]:
        rows = self._db.execute(
            """SELECT child, ip FROM mints WHERE minted_subject = $1 AND time BETWEEN $2 AND $3
               UNION SELECT id, ip FROM credential_uses
               WHERE subject = $1 AND id IS NOT NULL AND time BETWEEN $2 AND $3
                 AND source <> $4""",
            [subject, mint.time.replace(tzinfo=None) - FITTING, mint.time.replace(tzinfo=None),
             mint.source],
        ).fetchall()  # fmt: skip
        return [(id, ip) for id, ip in rows if id != mint.child]

    def _fetch(self, where: str, values: list[object], order: str = "time") -> list[_Mint]:
        rows = self._db.execute(
            f"""SELECT source, seq, time, parent, child, minted_subject, subject, actor, ip
                FROM mints WHERE {where} ORDER BY {order}""",
            values,
        ).fetchall()
        return [_Mint(s, q, t.replace(tzinfo=UTC), *rest) for s, q, t, *rest in rows]


def _edge(
    mint: _Mint,
    parent: str | None,
    link: Literal["proven", "derived", "ambiguous", "unknown"],
    reason: str,
) -> Edge:
    return Edge(mint.child, parent, mint.time, mint.source, mint.seq, link, reason)


_EMPTY: Final = (
    "SELECT '' AS source, 0::BIGINT AS seq, TIMESTAMP '2000-01-01' AS time, '' AS parent,"
    " '' AS child, '' AS minted_subject, '' AS subject, '' AS actor, '' AS ip, '' AS id WHERE false"
)


def role_columns(store: Store, source: str, names: Sequence[str]) -> tuple[str, list[str]]:
    """Give a FROM clause over a source, and the SQL of roles over it; ``NULL`` of what it lacks."""
    layout = store.plans[source].layout
    roles = layout.source.roles
    columns = [
        f"CAST({layout.column(role)} AS VARCHAR)" if role in roles else "NULL::VARCHAR"
        for role in names
    ]
    return store.from_clause(source, frozenset(names) & roles.keys()), columns


def _mints(store: Store, source: str) -> str | None:
    fields = store.plans[source].layout.source
    if fields.mint is None or "credential.minted_id" not in fields.roles:
        return None
    table, (child, minted_subject, parent, subject, actor, ip) = role_columns(
        store, source, (*_MINT, *_USE)
    )
    return f"""SELECT {literal(source)} AS source, seq, time, {parent} AS parent, {child} AS child,
                      {minted_subject} AS minted_subject, {subject} AS subject,
                      {actor} AS actor, {ip} AS ip, NULL AS id
               FROM {table} WHERE {child} IS NOT NULL AND {child} IS DISTINCT FROM {parent}"""


def _uses(store: Store, source: str) -> str:
    table, (id, subject, actor, ip) = role_columns(store, source, _USE)
    return f"""SELECT {literal(source)} AS source, seq, time, NULL AS parent, NULL AS child,
                      NULL AS minted_subject, {subject} AS subject, {actor} AS actor,
                      {ip} AS ip, {id} AS id FROM {table}"""
