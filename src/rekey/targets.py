"""What all events of a match were done to: samples show a few of them only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rekey.converters.duckdb.plan import layout_of
from rekey.match import Match
from rekey.sources.scrub import scrub
from rekey.store import Store

LISTED: Final = 250
"""Targets that an alert names; how many there are, it says."""


@dataclass(frozen=True)
class Targets:
    """Different targets, in the order of their first event, and how many there are in all."""

    named: tuple[str, ...]
    total: int


def targets_of(matches: Sequence[Match], store: Store) -> dict[tuple[str, int], Targets]:
    """Find the targets of matches that have more events than samples.

    Returns:
        targets by rule id and :attr:`Match.island`.

    Raises:
        Changed: a file is not what it was when it was surveyed.
        SuspectSegment: as :meth:`Store.settle`.
    """
    wanted = [[match.rule.id for match in matches], [match.island for match in matches]]
    store.db.execute(
        """CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM matched WHERE (rule, island) IN
        (SELECT (unnest($1::VARCHAR[]), unnest($2::BIGINT[])))""",
        wanted,
    )
    store.db.execute(
        "CREATE OR REPLACE TEMP TABLE aims (seq BIGINT, time TIMESTAMP, target VARCHAR)"
    )
    for source in store.present:
        _read(store, source)
    rows = store.db.execute(
        f"""SELECT rule, island, any_value(total), list(target ORDER BY first, target)
        FROM (SELECT *, count(*) OVER (PARTITION BY rule, island) AS total,
                     row_number() OVER (PARTITION BY rule, island ORDER BY first, target) AS place
              FROM (SELECT rule, island, target, min(time) AS first
                    FROM asked JOIN aims USING (seq) WHERE coalesce(target, '') <> '' GROUP BY ALL))
        WHERE place <= {LISTED} GROUP BY rule, island"""
    ).fetchall()
    return {
        (rule, island): Targets(tuple(dict.fromkeys(map(scrub, named))), total)
        for rule, island, total, named in rows
    }


def _read(store: Store, source: str) -> None:
    fields = store.plans[source].layout.source
    if "target.id" not in fields.roles:
        return
    layout = layout_of(fields, frozenset({"target.id"}))
    if store.read("SELECT DISTINCT seq FROM asked", source, layout, "told"):
        target = f"CAST({layout.column('target.id')} AS VARCHAR)"
        store.db.execute(f"INSERT INTO aims SELECT seq, time, {target} FROM told")
