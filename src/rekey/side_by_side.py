"""Rules evaluated side by side: each is one short query after another, which keep one core busy."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import datetime
from queue import SimpleQueue
from typing import Any, Final

import duckdb

from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.database import beside, one
from rekey.evaluate import evaluate
from rekey.match import Match
from rekey.store import Store

_AT_MOST: Final = 4
"""Threads: each may hold a row for every event, and all share the memory of the run."""

_SHARES: Final = 4
"""Shares of the rules for each thread, so that none has much left to do when the others are done."""

_TOGETHER: Final = 16
"""Rules of a share at most; whoever waits sees something done after each share."""

_PATIENCE: Final = 0.05
"""Seconds between two interruptions; one that comes between two queries of a rule ends neither."""


def evaluate_all(
    rules: Sequence[Rule], store: Store, baselines: Baselines, *, since: datetime | None = None
) -> Iterator[list[Match]]:
    """Yield the matches of each rule, in the order of the rules; see :func:`rekey.evaluate.evaluate`."""
    store.db.execute("DELETE FROM matched")  # of another evaluation
    workers = min(_AT_MOST, one(store.db, "SELECT current_setting('threads')"))
    with ExitStack() as stack:
        idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        connections = [stack.enter_context(beside(store.db)) for _ in range(workers)]
        for each in connections:
            idle.put(each)
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=workers))

        def found(some: Sequence[Rule]) -> list[list[Match]]:
            db = idle.get()
            try:
                return evaluate(some, store, baselines, since=since, db=db)
            finally:
                idle.put(db)

        size = max(1, min(_TOGETHER, len(rules) // (workers * _SHARES)))
        shares = [rules[first : first + size] for first in range(0, len(rules), size)]
        futures = [pool.submit(found, share) for share in shares]
        stack.callback(_end, futures, connections)
        for future in futures:
            yield from future.result()


def _end(futures: Sequence[Future[Any]], connections: Sequence[duckdb.DuckDBPyConnection]) -> None:
    """End what nobody waits for any more; a query over a large log would take its time."""
    for future in futures:
        future.cancel()
    while wait(futures, timeout=_PATIENCE).not_done:
        for each in connections:
            each.interrupt()
