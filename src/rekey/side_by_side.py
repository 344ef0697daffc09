"""Rules evaluated side by side: each is one short query after another, which keep one core busy."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import datetime
from queue import SimpleQueue
from typing import Any, Final

import duckdb

from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.database import beside, one
from rekey.evaluate import Match, evaluate
from rekey.store import Store

_AT_MOST: Final = 4
"""Rules at once: each may hold a row for every event, and all share the memory of the run."""

_PATIENCE: Final = 0.05
"""Seconds between two interruptions; one that comes between two queries of a rule ends neither."""


def evaluate_all(
    rules: Iterable[Rule], store: Store, baselines: Baselines, *, since: datetime | None = None
) -> Iterator[list[Match]]:
    """Yield the matches of each rule, in the order of the rules; see :func:`rekey.evaluate.evaluate`."""
    workers = min(_AT_MOST, one(store.db, "SELECT current_setting('threads')"))
    with ExitStack() as stack:
        idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        connections = [stack.enter_context(beside(store.db)) for _ in range(workers)]
        for each in connections:
            idle.put(each)
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=workers))

        def found(rule: Rule) -> list[Match]:
            db = idle.get()
            try:
                return evaluate(rule, store, baselines, since=since, db=db)
            finally:
                idle.put(db)

        futures = [pool.submit(found, rule) for rule in rules]
        stack.callback(_end, futures, connections)
        for future in futures:
            yield future.result()


def _end(futures: Sequence[Future[Any]], connections: Sequence[duckdb.DuckDBPyConnection]) -> None:
    """End what nobody waits for any more; a query over a large log would take its time."""
    for future in futures:
        future.cancel()
    while wait(futures, timeout=_PATIENCE).not_done:
        for each in connections:
            each.interrupt()
