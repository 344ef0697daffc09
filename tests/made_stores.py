"""Stores made in a test: documents in, by the spool that the intake would write.

Each log of a test is a *part* of one store, which the engine keeps apart in every query: so many
small logs cost as much as one.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from rekey.baselines import Baselines
from rekey.converters.duckdb.plan import Plans, needs_origin
from rekey.converters.rule import Rule
from rekey.evaluate import evaluate
from rekey.match import Match
from rekey.site import Site
from rekey.sources.interface import Segment
from rekey.store import Store

Document = dict[str, Any]


def spool(path: Path, logs: Iterable[Sequence[Document]], *, first_part: int = 1) -> Path:
    """Write logs into a spool, one part each."""
    with path.open("wb") as file:
        for part, log in enumerate(logs, start=first_part):
            for record, document in enumerate(log, start=1):
                line = {"p": part, "f": 1, "r": record, "c": None, "d": document}
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return path


@contextmanager
def store_of(
    source: str,
    logs: Iterable[Sequence[Document]],
    rules: Sequence[Rule],
    *,
    site: Site | None = None,
    first_part: int = 1,
) -> Iterator[Store]:
    """Open a settled store that holds logs of one source, read as the rules need it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder), Plans(rules), site or Site()) as store,
    ):
        written = spool(Path(folder) / f"{source}.spool", logs, first_part=first_part)
        store.load(Segment(source, written, direct=False, part=0, file=0))
        store.settle(origins=needs_origin(rules))
        yield store


def matches_by_part(rule: Rule, store: Store) -> dict[int, list[Match]]:
    """Evaluate a rule over all parts, with nothing learned before."""
    baselines = Baselines()
    baselines.open(store.db)
    found: dict[int, list[Match]] = {}
    [matches] = evaluate([rule], store, baselines)
    for match in matches:
        found.setdefault(match.part, []).append(match)
    return found
