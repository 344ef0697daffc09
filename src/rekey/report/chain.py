"""The credential tree of a case as a list of parents, and its main chain in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rekey.case import CredentialNode, Step
from rekey.report.safe_text import shorten, visible
from rekey.report.words import in_utc, kind

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def parents(nodes: Sequence[CredentialNode]) -> list[int | None]:
    """Give each node the index of its parent.

    Only an earlier node can be a parent (a case lists parents before children), so the result is
    a forest even where the log claims a circle. An unknown parent makes a root.
    """
    places: dict[str, int] = {}
    found: list[int | None] = []
    for index, node in enumerate(nodes):
        found.append(places.get(node.parent_id) if node.parent_id else None)
        if node.credential.id:
            places.setdefault(node.credential.id, index)
    return found


def path_to(index: int, parent: Sequence[int | None]) -> list[int]:
    """Walk from the root down to a node."""
    path = [index]
    while (above := parent[path[-1]]) is not None:
        path.append(above)
    return path[::-1]


def minting_events(nodes: Sequence[CredentialNode]) -> frozenset[str]:
    """Give the ids of the events that issued these credentials."""
    return frozenset(node.minted_by_event for node in nodes if node.minted_by_event)


def is_minting(step: Step, minting: frozenset[str]) -> bool:
    """Say whether a step issued a credential, whatever else it is; ``minting`` as above."""
    return step.role == "mint" or not minting.isdisjoint((step.event_id, *step.event_ids))


def main_chain(nodes: Sequence[CredentialNode]) -> list[CredentialNode]:
    """Pick the chain to tell: down to the deepest credential with an alert, the last used of them.

    Without any alert on a credential it is the deepest one.
    """
    if not nodes:
        return []
    parent = parents(nodes)

    def weight(index: int) -> tuple[bool, int, datetime]:
        used = nodes[index].last_used
        depth = len(path_to(index, parent))
        return bool(nodes[index].alerts), depth, in_utc(used) if used else _LONG_AGO

    return [nodes[step] for step in path_to(max(range(len(nodes)), key=weight), parent)]


@dataclass(frozen=True)
class Link:
    """One credential of the main chain; ``sure`` tells how sure the step to it is, if it is one."""

    sure: str | None
    kind: str
    id: str


def links(nodes: Sequence[CredentialNode]) -> list[Link]:
    """Tell the main chain, the root first, with shortened ids."""
    chain = main_chain(nodes)
    return [
        Link((node.link or "unknown") if place else None, kind(node.credential), short_id(node))
        for place, node in enumerate(chain)
    ]


def short_id(node: CredentialNode, limit: int = 28) -> str:
    """Shorten the id of a credential in the middle."""
    return shorten(visible(node.credential.id or "(no id logged)"), limit)
