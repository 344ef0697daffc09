"""Alerts that say the same again within a day, joined into the first of them.

A job that runs every hour would raise the same alert 24 times before the day is over, and three days pass
before that is a habit (:mod:`rekey.habits`). The first alert is news; what follows within a day by the same
identity, from the same networks with the same clients, on the same targets, only makes it longer. Whatever
is new about a later one keeps it apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rekey.alert import Alert
from rekey.targets import LISTED
from rekey.traits import Found, Traits, traits_of

DAY: Final = timedelta(days=1)
"""An alert is told again no sooner."""

SAMPLED: Final = 50
"""Events kept for an alert that was joined: the first ones, and the last."""


def joined(found: Sequence[Found], *, since: datetime | None = None) -> list[Found]:
    """Join alerts, in the order given.

    Args:
        found: the alerts of one run.
        since: what fired before is told apart from what fired from then on.
    """
    recent: dict[tuple[str, str], list[_Shown]] = {}
    kept: list[Found] = []
    for one in found:
        if one.identity is None or one.alert.rule.level == "critical":
            kept.append(one)
            continue
        shown = _Shown.of(one, len(kept))
        before = recent.setdefault((one.alert.rule.id, one.identity), [])
        before[:] = [first for first in before if shown.first - first.first <= DAY]
        again = next((first for first in before if _again(first, shown, since)), None)
        if again is None:
            before.append(shown)
            kept.append(one)
        else:
            longer = _longer(kept[again.place].alert, one.alert)
            kept[again.place] = Found(longer, one.identity, one.learned)
    return kept


@dataclass(frozen=True)
class _Shown:
    """What an alert shows; one that is joined to it shows nothing more.

    Attributes:
        place: where it stands among those that are kept.
        first: its first event.
        clients: user agents.
        traits: what is compared with habits as well.
    """

    place: int
    first: datetime
    clients: frozenset[str | None]
    traits: Traits

    @classmethod
    def of(cls, found: Found, place: int) -> "_Shown":
        clients = frozenset(origin.user_agent for origin in found.alert.origins)
        return cls(place, found.alert.first, clients, traits_of(found))


def _again(before: _Shown, after: _Shown, since: datetime | None) -> bool:
    if since and before.first < since <= after.first:
        return False
    return after.clients <= before.clients and _shows_no_more(before.traits, after.traits)


def _shows_no_more(known: Traits, traits: Traits) -> bool:
    """Say whether all that an alert shows was shown before; if the log names nothing, nobody can say."""
    named = any(traits.shown[name] for name in ("networks", "targets"))
    return (
        named
        and traits.unnamed <= known.unnamed
        and all(values <= known.shown[name] for name, values in traits.shown.items())
    )


def _longer(first: Alert, later: Alert) -> Alert:
    targets = tuple(dict.fromkeys((*first.targets, *later.targets)))
    unnamed = max(alert.targets_total - len(alert.targets) for alert in (first, later))
    samples = dict(zip(first.seqs, first.events, strict=True))
    samples |= zip(later.seqs, later.events, strict=True)
    shown = [*samples][: SAMPLED - 1] + [*samples][SAMPLED - 1 :][-1:]
    return first.model_copy(
        update={
            "origins": tuple(dict.fromkeys((*first.origins, *later.origins))),
            "targets": targets[:LISTED],
            "targets_total": len(targets) + unnamed,
            "actions": tuple(dict.fromkeys((*first.actions, *later.actions))),
            "last": max(first.last, later.last),
            "count": first.count + later.count,
            "sample_ids": tuple(samples[seq].event_id for seq in shown),
            "seqs": tuple(shown),
            "events": tuple(samples[seq] for seq in shown),
        }
    )
