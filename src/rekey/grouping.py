"""Alerts → groups that belong together: by actor, by credential, and along the lineage.

Alerts join within 24 hours of each other, over edges that are proven or derived, and never through
an identity that many share: one that the site file calls shared, a service of the provider, nobody
in particular, or one that more credentials act for than one abuse would take.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rekey.alert import LEVELS, Alert
from rekey.enrichers.lineage import Edge, Lineage
from rekey.event import ActorKind, WorkloadEvent, plain
from rekey.site import Site

NEAR: Final = timedelta(hours=24)

CROWD: Final = 6
"""An identity whose alerts come from more credentials than this is many workloads: alerts join
through it only where they come from one network."""

FAN_OUT: Final = 20
"""A credential that issued more others than this (a kubelet, a pipeline) does not join them."""

NOBODY: Final = ("system:anonymous", "anonymous")
"""Names under which callers act that did not say who they are."""

ENTERED: Final = ("pods/exec", "pods/attach", "pods/ephemeralcontainers", "pods/proxy")
"""Kubernetes subresources through which a pod is entered."""

SERVICE_ACCOUNT: Final = "system:serviceaccount:"
"""How names of Kubernetes' service accounts begin, in whichever log."""

READ_ONLY: Final = ("git.clone", "git.fetch")
"""Acts on a repository that cannot make its workflows run."""


@dataclass(frozen=True)
class Involved:
    """What an alert's events and their lineage involve.

    Attributes:
        used: credentials that acted in the alert's events.
        issued: credentials that were issued in them.
        ancestors: how those came about.
        keys: what joins it with every other alert that has it too.
        actors: identities that join alerts, with the networks from which each acted.
        gives: what it may have led to (a pod entered, a repository written to).
        takes: what it may have come from; joins with the alerts that give it, not with its likes.
        mistaken: its rule took a person for a workload.
    """

    alert: Alert
    used: tuple[str, ...] = ()
    issued: tuple[str, ...] = ()
    ancestors: tuple[Edge, ...] = ()
    keys: frozenset[str] = frozenset()
    actors: tuple[tuple[str, str | None], ...] = ()
    gives: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    mistaken: bool = False

    @property
    def credentials(self) -> tuple[str, ...]:
        """Credentials that acted or were issued."""
        return tuple(dict.fromkeys((*self.used, *self.issued)))


def involve(
    alert: Alert, events: Sequence[WorkloadEvent], lineage: Lineage, site: Site
) -> Involved:
    """Find the credentials of an alert, where they came from, and what it may be joined by."""
    used = tuple(dict.fromkeys(text for e in events if (text := plain(e.credential.id))))
    issued = tuple(dict.fromkeys(text for e in events if (text := plain(e.credential.minted_id))))
    own = dict.fromkeys((*used, *issued))
    ancestors = tuple(dict.fromkeys(edge for name in own for edge in lineage.ancestors(name)))
    sure = [e.parent for e in ancestors if e.parent and e.link in ("proven", "derived")]
    close = [name for name in sure if lineage.fan_out(name) <= FAN_OUT]
    subjects = [plain(e.credential.subject) for e in events if e.source != "github_audit"]
    acted_for = {repo for name in (*own, *sure, *subjects) if (repo := _repository(name or ""))}
    return Involved(
        alert=alert,
        used=used,
        issued=issued,
        ancestors=ancestors,
        keys=frozenset({
            *(f"credential {name}" for name in (*own, *close)),
            *_spoken_for([*subjects, *sure], events),
        }),
        actors=tuple(dict.fromkeys(pair for e in events if (pair := _joining_actor(e, site)))),
        gives=frozenset({
            *(f"credential {name}" for name in own),
            *(pod for e in events if (pod := _entered(e))),
            *(repo for e in events if (repo := _written(e))),
        }),
        takes=frozenset({
            *(f"credential {name}" for name in sure),
            *(pod for e in events if (pod := _lives_in(e))),
            *acted_for,
        }),
    )  # fmt: skip


def _joining_actor(event: WorkloadEvent, site: Site) -> tuple[str, str | None] | None:
    actor = plain(event.actor.id)
    known = site.identity(actor)
    if actor is None or (known and known.shared) or event.actor.kind is ActorKind.PROVIDER:
        return None
    if actor.rpartition("/")[2] in NOBODY:
        return None
    return actor, plain(event.origin.network)


def _spoken_for(names: Sequence[str | None], events: Sequence[WorkloadEvent]) -> Iterator[str]:
    """Service accounts of Kubernetes for which an alert's credentials speak, each with a network.

    One token of a pod opens doors at the API server, in a cloud and in Vault, and each of them
    logs another credential. From one network within a day these are one use of it; the name alone
    would not do, since another cluster may have the same one.
    """
    accounts = {
        SERVICE_ACCOUNT + account
        for name in names
        if name and (account := name.partition(SERVICE_ACCOUNT)[2])
    }
    for event in events:
        if network := plain(event.origin.network):
            yield from (f"subject {account} from {network}" for account in accounts)


def _repository(text: str) -> str | None:
    """Read ``repo:owner/name`` out of an OIDC subject."""
    _, found, rest = text.partition("repo:")
    parts = rest.split(":")[0].split("/")
    return f"repository {parts[0]}/{parts[1]}" if found and len(parts) == 2 else None


def _written(event: WorkloadEvent) -> str | None:
    """The repository that an act on GitHub may have made speak.

    A workflow's token speaks for its repository, so whoever can write to the repository, or run its
    workflows, acts with that token elsewhere.
    """
    if plain(event.action.name) in READ_ONLY:
        return None
    subject = plain(event.credential.subject)
    return _repository(subject) if subject and event.source == "github_audit" else None


def _entered(event: WorkloadEvent) -> str | None:
    """The pod that was entered. Whoever runs a command in a pod can read the token in it."""
    target, action = plain(event.target.id) or "", plain(event.action.name) or ""
    if action.endswith(ENTERED) and target.count("/") == 2:
        namespace, _, pod = target.split("/")
        return f"pod {plain(event.origin.cluster) or ''}/{namespace}/{pod}"
    return None


def _lives_in(event: WorkloadEvent) -> str | None:
    """The pod for which the acting token was issued."""
    bound, actor = plain(event.credential.bound_to), plain(event.actor.id) or ""
    _, is_account, account = actor.partition(SERVICE_ACCOUNT)
    if bound and is_account:
        return f"pod {plain(event.origin.cluster) or ''}/{account.split(':')[0]}/{bound}"
    return None


def group(involved: Sequence[Involved]) -> list[list[Involved]]:
    """Join alerts that belong together and are near in time; in order of their first alert."""
    leader = list(range(len(involved)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    for one, other in _pairs(involved):
        leader[find(other)] = find(one)
    groups: dict[int, list[Involved]] = {}
    for i, item in enumerate(involved):
        groups.setdefault(find(i), []).append(item)
    for members in groups.values():
        members.sort(key=lambda item: (item.alert.first, item.alert.id))
    return sorted(groups.values(), key=lambda items: (items[0].alert.first, items[0].alert.id))


def _pairs(involved: Sequence[Involved]) -> Iterator[tuple[int, int]]:
    """Yield pairs of alerts, by their places, that belong together."""
    for members in _holders(
        [{*item.keys, *keys} for item, keys in _with_actors(involved)]
    ).values():
        members.sort(key=lambda i: involved[i].alert.first)
        latest = members[0]
        for i in members[1:]:
            if involved[i].alert.first - involved[latest].alert.last <= NEAR:
                yield latest, i
            if involved[i].alert.last > involved[latest].alert.last:
                latest = i
    givers = _holders([item.gives for item in involved])
    for key, takers in _holders([item.takes for item in involved]).items():
        for giver in givers.get(key, ()):
            for taker in takers:
                if giver != taker and _near(involved[giver].alert, involved[taker].alert):
                    yield giver, taker


def _near(one: Alert, other: Alert) -> bool:
    return max(one.first, other.first) - min(one.last, other.last) <= NEAR


def _with_actors(involved: Sequence[Involved]) -> Iterator[tuple[Involved, set[str]]]:
    """Add the keys of actors: of a crowd, those of its networks alone."""
    bearers: dict[str, set[str]] = {}
    for item in involved:
        for actor, _ in item.actors:
            bearers.setdefault(actor, set()).update(item.used)
    crowds = {actor for actor, credentials in bearers.items() if len(credentials) > CROWD}
    for item in involved:
        yield (
            item,
            {
                f"actor {actor} from {network}" if actor in crowds else f"actor {actor}"
                for actor, network in item.actors
                if network or actor not in crowds
            },
        )


def _holders(keys: Sequence[set[str] | frozenset[str]]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, own in enumerate(keys):
        for key in own:
            found.setdefault(key, []).append(i)
    return found


def opens_case(items: Sequence[Involved]) -> str | None:
    """Say why a group is a case; ``None`` if it is not.

    One alert of level high suffices, or two of level medium from different rules.
    """
    ranked = [
        (LEVELS.index(item.alert.rule.level), item.alert.rule.path)
        for item in items
        if not item.mistaken
    ]
    high = [path for rank, path in ranked if rank >= LEVELS.index("high")]
    if high:
        return f"an alert of level high or above: {high[0]}"
    medium = dict.fromkeys(path for rank, path in ranked if rank == LEVELS.index("medium"))
    if len(medium) >= 2:
        return f"{len(medium)} rules of level medium: {', '.join(medium)}"
    return None
