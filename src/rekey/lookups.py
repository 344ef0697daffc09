"""What the site says of addresses and actors: looked up once for each, then joined to events."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import duckdb

from rekey.converters.duckdb.layout import Layout
from rekey.origins import Egress, Origins
from rekey.site import Site

Distinct = Callable[..., list[tuple[str, ...]]]
"""Gives the distinct values of some fields or roles over all events, none of them null."""

_TABLES: Final = {
    "origins": ("ip", "network", "scope"),
    "site_actors": ("id", "kind"),
    "site_egress": ("id", "ip", "expected"),
}


_REMEMBERED: Final = 65_536
"""Addresses whose facts are kept: the events of a case come from few."""


class Lookups:
    """The site's knowledge as small tables beside the events.

    Args:
        db: the run's database.
        site: networks, identities and egress.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, site: Site) -> None:
        self._db = db
        self._site = site
        self._facts = lru_cache(_REMEMBERED)(Origins(site).facts)
        for table, columns in _TABLES.items():
            db.execute(f"CREATE TABLE {table} ({', '.join(f'{c} VARCHAR' for c in columns)})")

    def fill(self, distinct: Distinct, *, origins: bool) -> None:
        """Look everything up that the events name.

        Args:
            distinct: gives the distinct values that occur.
            origins: whether addresses are asked for networks and scopes.
        """
        if origins:
            self._insert("origins", [(ip, *self.origin(ip)) for (ip,) in distinct("origin.ip")])
        if self._site.identities:
            found = ((actor, self.kind(actor)) for (actor,) in distinct("actor.id"))
            self._insert("site_actors", [(actor, kind) for actor, kind in found if kind])
        egress = Egress(self._site)
        if egress:
            pairs = distinct("actor.id", "origin.ip")
            judged = ((a, ip, egress.expected(a, ip)) for a, ip in pairs)
            rows = [(a, ip, str(ok).lower()) for a, ip, ok in judged if ok is not None]
            self._insert("site_egress", rows)

    def origin(self, ip: str | None) -> tuple[str | None, str | None]:
        """Give network and scope of an address."""
        if not ip:
            return None, None
        facts = self._facts(ip)
        return facts.network, facts.scope

    def kind(self, actor: str | None) -> str | None:
        """Give the kind that the site says an actor is."""
        known = self._site.identity(actor)
        return known.kind if known else None

    def _insert(self, table: str, rows: Sequence[tuple[str | None, ...]]) -> None:
        """Insert many small rows at once: DuckDB is slow at one statement for each."""
        columns = len(_TABLES[table])
        lists = [[row[i] for row in rows] for i in range(columns)]
        values = ", ".join(f"unnest(${i + 1}::VARCHAR[])" for i in range(columns))
        self._db.execute(f"INSERT INTO {table} SELECT {values}", lists)


def joins(layout: Layout, names: frozenset[str]) -> str:
    """Write the joins that fields and roles need, to follow a FROM over events."""
    sql = ""
    if {"origin.network", "origin.scope"} & names:
        sql += f" LEFT JOIN origins AS origin ON origin.ip = {layout.column('origin.ip')}"
    if any(each == "actor.kind" or "actor.kind" in _parts(layout, each) for each in names):
        actor = layout.column("actor.id")
        sql += f" LEFT JOIN site_actors AS site_actor ON site_actor.id = {actor}"
    if "origin.expected" in names:
        sql += (
            f" LEFT JOIN site_egress ON site_egress.id = {layout.column('actor.id')}"
            f" AND site_egress.ip = {layout.column('origin.ip')}"
        )
    return sql


def _parts(layout: Layout, each: str) -> tuple[str, ...]:
    role = layout.source.roles.get(each)
    return role if isinstance(role, tuple) else ()
