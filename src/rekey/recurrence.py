"""Alerts that say the same again within a day, joined into the first of them.

A job that runs every hour would raise the same alert 24 times before the day is over, and three days pass
before that is a habit (:mod:`rekey.habits`). The first alert is news; what follows within a day by the same
identity, from the same networks with the same clients, on the same targets, only makes it longer. Whatever
is new about a later one keeps it apart.
"""

from collections.abc import Sequence
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
    recent: dict[tuple[str, str], list[int]] = {}
    kept: list[Found] = []
    for one in found:
        if one.identity is None or one.alert.rule.level == "critical":
            kept.append(one)
            continue
        places = recent.setdefault((one.alert.rule.id, one.identity), [])
        places[:] = [n for n in places if one.alert.first - kept[n].alert.first <= DAY]
        place = next((n for n in places if _again(kept[n], one, since)), None)
        if place is None:
            places.append(len(kept))
            kept.append(one)
        else:
            kept[place] = Found(_longer(kept[place].alert, one.alert), one.identity, one.learned)
    return kept


def _again(first: Found, later: Found, since: datetime | None) -> bool:
    before, after = first.alert, later.alert
    if since and before.first < since <= after.first:
        return False
    if not {origin.user_agent for origin in after.origins} <= {
        origin.user_agent for origin in before.origins
    }:
        return False
    return _shows_no_more(traits_of(first), traits_of(later))


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
