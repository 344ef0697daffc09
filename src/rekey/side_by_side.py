"""Rules evaluated side by side: each is one short query after another, which keep one core busy."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from queue import SimpleQueue
from typing import Final

import duckdb

from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.database import beside, one
from rekey.evaluate import Match, evaluate
from rekey.store import Store

_AT_MOST: Final = 4
"""Rules at once: each may hold a row for every event, and all share the memory of the run."""


def evaluate_all(
    rules: Iterable[Rule], store: Store, baselines: Baselines, *, since: datetime | None = None
) -> Iterator[list[Match]]:
    """Yield the matches of each rule, in the order of the rules; see :func:`rekey.evaluate.evaluate`."""
    workers = min(_AT_MOST, one(store.db, "SELECT current_setting('threads')"))
    with ExitStack() as stack:
        idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for _ in range(workers):
            idle.put(stack.enter_context(beside(store.db)))
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=workers))

        def found(rule: Rule) -> list[Match]:
            db = idle.get()
            try:
                return evaluate(rule, store, baselines, since=since, db=db)
            finally:
                idle.put(db)

        yield from pool.map(found, rules)
