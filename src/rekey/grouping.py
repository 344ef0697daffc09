"""Alerts → groups that belong together: by actor, by credential, and along the lineage.

Alerts join within 24 hours of each other, and never through an identity that more credentials act
for than one abuse would take.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, starmap
from typing import Final

from rekey.alert import LEVELS, Alert
from rekey.case import Bond
from rekey.involved import Involved, Tie

NEAR: Final = timedelta(hours=24)

CROWD: Final = 6
"""An identity whose alerts come from more credentials than this is many workloads: alerts join
through it only where they come from one network."""


@dataclass(frozen=True)
class Group:
    """Alerts that belong together, in order, and what joins them."""

    items: tuple[Involved, ...]
    bonds: tuple[Bond, ...] = ()


def group(involved: Sequence[Involved]) -> list[Group]:
    """Join alerts that belong together and are near in time; in order of their first alert."""
    ordered = sorted(involved, key=lambda item: (item.alert.first, item.alert.id))
    leader = list(range(len(ordered)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    joins = []
    for tie, one, other in _pairs(ordered):
        if find(one) != find(other):
            leader[find(other)] = find(one)
            joins.append((tie, one, other))
    members: dict[int, list[Involved]] = {}
    for i, item in enumerate(ordered):
        members.setdefault(find(i), []).append(item)
    tied: dict[int, dict[Tie, set[int]]] = {}
    for tie, one, other in joins:
        tied.setdefault(find(one), {}).setdefault(tie, set()).update((one, other))
    return [
        Group(tuple(items), _bonds(ordered, tied.get(root, {}))) for root, items in members.items()
    ]


def _bonds(ordered: Sequence[Involved], tied: Mapping[Tie, set[int]]) -> tuple[Bond, ...]:
    """Give what joins a group, in the order in which its alerts began."""
    return tuple(
        Bond(**tie._asdict(), alerts=tuple(ordered[i].alert.id for i in sorted(places)))
        for tie, places in sorted(tied.items(), key=lambda held: sorted(held[1]))
    )


def _pairs(involved: Sequence[Involved]) -> Iterator[tuple[Tie, int, int]]:
    """Yield pairs of alerts, by their places, that belong together; what joins most comes first.

    The alerts are in the order of their beginnings, and so are those of one tie.
    """
    alike = _holders([{*item.ties, *actors} for item, actors in _with_actors(involved)])
    for tie, members in _most_first(alike):
        latest = members[0]
        for i in members[1:]:
            if involved[i].alert.first - involved[latest].alert.last <= NEAR:
                yield tie, latest, i
            if involved[i].alert.last > involved[latest].alert.last:
                latest = i
    givers = _holders([item.gives for item in involved])
    for tie, takers in _most_first(_holders([item.takes for item in involved])):
        for giver in givers.get(tie, ()):
            for taker in takers:
                if giver != taker and _near(involved[giver].alert, involved[taker].alert):
                    yield tie, giver, taker


def _most_first(holders: Mapping[Tie, list[int]]) -> list[tuple[Tie, list[int]]]:
    """Order ties so that few of them explain a group, whatever the order of its alerts."""
    return sorted(holders.items(), key=lambda held: (-len(held[1]), held[0].by, held[0].name))


def _near(one: Alert, other: Alert) -> bool:
    return max(one.first, other.first) - min(one.last, other.last) <= NEAR


def _with_actors(involved: Sequence[Involved]) -> Iterator[tuple[Involved, set[Tie]]]:
    """Add the ties of actors: of a crowd, those of its networks alone."""
    bearers: dict[str, set[str]] = {}
    for item in involved:
        for actor, _ in item.actors:
            bearers.setdefault(actor, set()).update(item.used)
    crowds = {actor for actor, credentials in bearers.items() if len(credentials) > CROWD}
    for item in involved:
        yield (
            item,
            {
                Tie("actor", actor, network if actor in crowds else None)
                for actor, network in item.actors
                if network or actor not in crowds
            },
        )


def _holders(ties: Sequence[set[Tie] | frozenset[Tie]]) -> Mapping[Tie, list[int]]:
    found: dict[Tie, list[int]] = {}
    for i, own in enumerate(ties):
        for tie in own:
            found.setdefault(tie, []).append(i)
    return found


def opens_case(items: Sequence[Involved]) -> str | None:
    """Say why a group is a case; ``None`` if it is not.

    One alert of level high suffices, or two of level medium from different rules, unless both found the
    very same events.
    """
    sound = [item.alert for item in items if not item.mistaken]
    for alert in sound:
        if LEVELS.index(alert.rule.level) >= LEVELS.index("high"):
            return f"an alert of level high or above: {alert.rule.path}"
    medium = [alert for alert in sound if alert.rule.level == "medium"]
    paths = dict.fromkeys(alert.rule.path for alert in medium)
    # Of one rule there may be thousands, and no pair of them tells anything.
    if len(paths) > 1 and any(starmap(_are_two_signs, combinations(medium, 2))):
        return f"{len(paths)} rules of level medium: {', '.join(paths)}"
    return None


def _are_two_signs(one: Alert, other: Alert) -> bool:
    """Say whether two alerts are of different rules, which did not find the very same events."""
    same = one.count == other.count and bool(one.seqs) and set(one.seqs) == set(other.seqs)
    return one.rule.path != other.rule.path and not same
