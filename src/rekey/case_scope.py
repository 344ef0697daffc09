"""What belongs to a case: the credentials of its alerts, what was made with them, acts around."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.enrichers.lineage import Edge, Lineage
from rekey.grouping import NEAR, Group
from rekey.involved import Involved
from rekey.store import Store
from rekey.timeline import AROUND, Context, context

READ_TOGETHER: Final = 5_000
"""Events that are read in one go, for as many cases as need them."""


@dataclass(frozen=True)
class Scope:
    """A case before its events are read.

    Attributes:
        why: why it is opened.
        made: what was made with the credentials of its alerts.
        edges: that, and how these credentials came to be.
        around: acts of its credentials.
        seqs: store ids of all its events.
    """

    group: Group
    why: str
    made: Sequence[Edge]
    edges: Sequence[Edge]
    around: Context
    seqs: frozenset[int]


def scope(group: Group, why: str, lineage: Lineage, store: Store) -> Scope:
    """Find what belongs to a case of these alerts."""
    items = group.items
    made = _made(items, lineage)
    edges = _joined([*(edge for item in items for edge in item.ancestors), *made])
    issued = dict.fromkeys((*(n for i in items for n in i.issued), *(e.child for e in made)))
    around = context(store, _spans(items), list(issued))
    alerted = {seq for item in items for seq in item.alert.seqs}
    seqs = frozenset(alerted | {edge.seq for edge in edges} | set(around.seqs))
    return Scope(group, why, made, edges, around, seqs)


def read_together(scopes: Iterable[Scope]) -> Iterator[list[Scope]]:
    """Put cases together whose events are read in one go: asking for few costs as much."""
    batch: list[Scope] = []
    events = 0
    for one in scopes:
        batch.append(one)
        events += len(one.seqs)
        if events >= READ_TOGETHER:
            yield batch
            batch, events = [], 0
    if batch:
        yield batch


def _made(items: Sequence[Involved], lineage: Lineage) -> list[Edge]:
    """What was made with the alerted credentials, and with that.

    A credential that many use issues others all day long; only what it issued about the time
    of its alerts counts. What was issued within the case is the case's own, whenever it acts.
    """
    spans = {name: (first - AROUND, last + NEAR) for name, (first, last) in _spans(items).items()}
    direct = lineage.made_with(spans)
    own = dict.fromkeys([name for i in items for name in i.issued] + [e.child for e in direct])
    return _joined([*direct, *lineage.descendants(own)])


def _joined(edges: Iterable[Edge]) -> list[Edge]:
    unique: dict[str, Edge] = {}
    for edge in edges:
        if edge.child not in unique or unique[edge.child].parent is None:
            unique[edge.child] = edge
    return sorted(unique.values(), key=lambda edge: (edge.time, edge.seq))


def _spans(items: Sequence[Involved]) -> dict[str, tuple[datetime, datetime]]:
    """Credential that acted → from the first to the last alert on it."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for item in items:
        for name in item.used:
            low, high = spans.get(name, (item.alert.first, item.alert.last))
            spans[name] = (min(low, item.alert.first), max(high, item.alert.last))
    return spans
