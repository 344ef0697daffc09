"""Alerts → groups that belong together: by actor, by credential, and along the lineage.

Alerts join within 24 hours of each other, over edges that are proven or derived, and never through
an identity that the site file calls shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rekey.alert import LEVELS, Alert
from rekey.enrichers.lineage import Edge, Lineage
from rekey.event import WorkloadEvent, plain
from rekey.site import Site

NEAR: Final = timedelta(hours=24)

ENTERED: Final = ("pods/exec", "pods/attach", "pods/ephemeralcontainers", "pods/proxy")
"""Kubernetes subresources through which a pod is entered."""


@dataclass(frozen=True)
class Involved:
    """What an alert's events and their lineage involve."""

    alert: Alert
    credentials: tuple[str, ...]
    """Credentials that acted, or were issued, in the alert's events."""
    ancestors: tuple[Edge, ...]
    keys: frozenset[str]
    """What may join it with other alerts."""


def involve(
    alert: Alert, events: Sequence[WorkloadEvent], lineage: Lineage, site: Site
) -> Involved:
    """Find the credentials of an alert, where they came from, and what it may be joined by."""
    own = dict.fromkeys(text for e in events if (text := plain(e.credential.id)))
    minted = dict.fromkeys(text for e in events if (text := plain(e.credential.minted_id)))
    credentials = tuple({**own, **minted})
    ancestors = tuple(
        dict.fromkeys(edge for name in credentials for edge in lineage.ancestors(name))
    )
    keys = {f"credential {name}" for name in credentials}
    for edge in ancestors:
        if edge.parent and edge.link in ("proven", "derived"):
            keys.add(f"credential {edge.parent}")
    keys |= {pod for e in events if (pod := _pod(e))}
    keys |= {f"actor {actor}" for e in events if (actor := _joining_actor(e, site))}
    names = [*keys, *(f"credential {s}" for e in events if (s := plain(e.credential.subject)))]
    keys |= {repository for name in names if (repository := _repository(name))}
    return Involved(alert, credentials, ancestors, frozenset(keys))


def _joining_actor(event: WorkloadEvent, site: Site) -> str | None:
    actor = plain(event.actor.id)
    known = site.identity(actor)
    return None if known and known.shared else actor


def _repository(key: str) -> str | None:
    """Read ``repo:owner/name`` out of an OIDC subject or a GitHub subject.

    A workflow's token speaks for its repository, so the repository links the acts on GitHub with
    what its workflow did elsewhere.
    """
    _, found, rest = key.partition("repo:")
    parts = rest.split(":")[0].split("/")
    return f"repository {parts[0]}/{parts[1]}" if found and len(parts) == 2 else None


def _pod(event: WorkloadEvent) -> str | None:
    """The pod that was entered, or the pod for which the acting token was issued.

    Whoever runs a command in a pod can read the token in it. Both acts alone are ordinary; only
    alerts carry these keys, so that they join a suspicious entry with a suspicious use.
    """
    bound, actor = plain(event.credential.bound_to), plain(event.actor.id) or ""
    _, is_account, account = actor.partition("system:serviceaccount:")
    if bound and is_account:
        return f"pod {account.split(':')[0]}/{bound}"
    target, action = plain(event.target.id) or "", plain(event.action.name) or ""
    if action.endswith(ENTERED) and target.count("/") == 2:
        namespace, _, pod = target.split("/")
        return f"pod {namespace}/{pod}"
    return None


def group(involved: Sequence[Involved]) -> list[list[Involved]]:
    """Join alerts that share a key and are near in time; groups in order of their first alert."""
    leader = list(range(len(involved)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    holders: dict[str, list[int]] = {}
    for i, item in enumerate(involved):
        for key in item.keys:
            holders.setdefault(key, []).append(i)
    for members in holders.values():
        members.sort(key=lambda i: involved[i].alert.first)
        latest = members[0]
        for i in members[1:]:
            if involved[i].alert.first - involved[latest].alert.last <= NEAR:
                leader[find(i)] = find(latest)
            if involved[i].alert.last > involved[latest].alert.last:
                latest = i
    groups: dict[int, list[Involved]] = {}
    for i, item in enumerate(involved):
        groups.setdefault(find(i), []).append(item)
    for members_of in groups.values():
        members_of.sort(key=lambda item: (item.alert.first, item.alert.id))
    return sorted(groups.values(), key=lambda items: items[0].alert.first)


def opens_case(items: Sequence[Involved]) -> str | None:
    """Say why a group is a case; ``None`` if it is not.

    One alert of level high suffices, or two of level medium from different rules.
    """
    ranked = [(LEVELS.index(item.alert.rule.level), item.alert.rule.path) for item in items]
    high = [path for rank, path in ranked if rank >= LEVELS.index("high")]
    if high:
        return f"an alert of level high or above: {high[0]}"
    medium = dict.fromkeys(path for rank, path in ranked if rank == LEVELS.index("medium"))
    if len(medium) >= 2:
        return f"{len(medium)} rules of level medium: {', '.join(medium)}"
    return None
