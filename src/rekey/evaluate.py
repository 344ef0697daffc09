"""Rules over the store: hits and firings of each, and the matches of all.

See :mod:`rekey.converters.duckdb.hits` and :mod:`rekey.converters.duckdb.windows` for the queries.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import duckdb

from rekey.baselines import Baselines
from rekey.converters.duckdb.baseline import dormant, first_seen, sightings
from rekey.converters.duckdb.hits import Hits, hits, within_context
from rekey.converters.duckdb.windows import firings
from rekey.converters.rule import Kind, Rule
from rekey.database import one
from rekey.fired import Fired
from rekey.match import Match
from rekey.store import Store

_HELD: Final = 100_000
"""Hits that are kept until several rules' matches are told together; of more, at once."""


def evaluate(
    rules: Sequence[Rule],
    store: Store,
    baselines: Baselines,
    *,
    since: datetime | None = None,
    db: duckdb.DuckDBPyConnection | None = None,
) -> list[list[Match]]:
    """Find all matches of each rule, in order of part and time.

    With ``since``, what fired before is another match than what fired from then on, so that the one
    can be told without the other. Events before it belong to both, as far as they lie in the window
    of what fired after.

    Uses temporary tables of the connection, which is ``db`` or else the store's own.
    """
    db = db or store.db
    fired = Fired(db, rules, since)
    found: dict[int, list[Match]] = {}
    for number, rule in enumerate(rules):
        if not store.is_quiet(rule):
            _fire(number, rule, store, baselines, fired, db)
        if fired.hits > _HELD:
            found |= fired.matches()
            fired.begin()
    found |= fired.matches()
    return [found.get(number, []) for number in range(len(rules))]


def _fire(
    number: int,
    rule: Rule,
    store: Store,
    baselines: Baselines,
    fired: Fired,
    db: duckdb.DuckDBPyConnection,
) -> None:
    layouts = {source: store.plans[source].layout for source in rule.sources}
    compiled = hits(rule, layouts, store)
    if rule.kind is Kind.SINGLE:
        fired.add_single(number, compiled.sql)
    elif rule.directives.first_seen or rule.directives.dormant:
        _learn(rule, compiled, store, baselines, db)
        fired.add(number, compiled.sql, _firings(rule, compiled))
    elif one(db, f"CREATE OR REPLACE TEMP TABLE hits AS {compiled.sql}"):
        fired.add(number, "SELECT * FROM hits", _firings(rule, compiled))


def _learn(
    rule: Rule, compiled: Hits, store: Store, baselines: Baselines, db: duckdb.DuckDBPyConnection
) -> None:
    """Fill the table ``sightings``, and keep what a later run has to know."""
    baselines.load(db, rule, len(compiled.keys))
    seen = sightings(compiled.daily, compiled.keys)
    db.execute(f"CREATE OR REPLACE TEMP TABLE sightings AS {seen}")
    if rule.directives.first_seen:
        # Where requests are not kept of every event, the hits have to do.
        hits_alone = f"SELECT part, {_listed(compiled)}, time FROM ({compiled.sql})"
        baselines.watch(db, rule, len(compiled.keys), _requests(rule, store) or [hits_alone])
    baselines.remember(db, rule, len(compiled.keys))


def _listed(compiled: Hits) -> str:
    return ", ".join(compiled.keys)


def _requests(rule: Rule, store: Store) -> list[str]:
    """Write queries for all requests of a rule's identities, where these are kept of every event."""
    queries = []
    for base in rule.bases:
        plan = store.plans[base.source.name]
        fields = rule.group_fields(base)
        if base.source.name not in store.present or not all(map(plan.is_everywhere, fields)):
            continue
        texts = [f"CAST({plan.layout.column(each)} AS VARCHAR)" for each in fields]
        named = [within_context(rule, texts[0]), *texts[1:]]
        columns = ", ".join(f"{text} AS k{i}" for i, text in enumerate(named))
        filled = " AND ".join(f"coalesce({text}, '') <> ''" for text in texts)
        events = store.from_clause(base.source.name, frozenset(fields))
        queries.append(f"SELECT part, {columns}, time FROM {events} WHERE {filled}")
    return list(dict.fromkeys(queries))


def _firings(rule: Rule, compiled: Hits) -> str:
    if rule.directives.first_seen:
        return first_seen(rule.directives.first_seen, compiled.keys)
    if rule.directives.dormant:
        return dormant(rule.directives.dormant, compiled.keys)
    return firings(rule, compiled.keys)
