"""What an alert's events involve, and by what it may be joined with other alerts.

Only edges of the lineage that are proven or derived count, and never an identity that many share:
one that the site file calls shared, a service of the provider, or nobody in particular.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rekey.alert import LEVELS, Alert
from rekey.case import TiedBy
from rekey.enrichers.lineage import Edge, Lineage
from rekey.event import ActorKind, WorkloadEvent, plain
from rekey.origins import network_of
from rekey.site import Site

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


class Tie(NamedTuple):
    """Something that alerts have in common; ``network`` where it counts from one network only."""

    by: TiedBy
    name: str
    network: str | None = None


@dataclass(frozen=True)
class Involved:
    """What an alert's events and their lineage involve.

    Attributes:
        used: credentials that acted in the alert's events.
        issued: credentials that were issued in them.
        ancestors: how those came about.
        ties: what joins it with every other alert that has it too.
        actors: identities that join alerts, with the networks from which each acted.
        gives: what it may have led to (a pod entered, a repository written to).
        takes: what it may have come from; joins with the alerts that give it, not with its likes.
        mistaken: its rule took a person for a workload.
    """

    alert: Alert
    used: tuple[str, ...] = ()
    issued: tuple[str, ...] = ()
    ancestors: tuple[Edge, ...] = ()
    ties: frozenset[Tie] = frozenset()
    actors: tuple[tuple[str, str | None], ...] = ()
    gives: frozenset[Tie] = frozenset()
    takes: frozenset[Tie] = frozenset()
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
        ties=frozenset({
            *(Tie("credential", name) for name in (*own, *close)),
            *_spoken_for([*subjects, *sure], events),
            *(nobody for e in events if (nobody := _nobody(e))),
            *_found_together(alert, events),
        }),
        actors=tuple(dict.fromkeys(pair for e in events if (pair := _joining_actor(e, site)))),
        gives=frozenset({
            *(Tie("credential", name) for name in own),
            *(pod for e in events if (pod := _entered(e))),
            *(repo for e in events if (repo := _written(e))),
        }),
        takes=frozenset({
            *(Tie("credential", name) for name in sure),
            *(pod for e in events if (pod := _lives_in(e))),
            *acted_for,
        }),
    )  # fmt: skip


def _joining_actor(event: WorkloadEvent, site: Site) -> tuple[str, str | None] | None:
    actor = plain(event.actor.id)
    known = site.identity(actor)
    if actor is None or (known and known.shared) or event.actor.kind is ActorKind.PROVIDER:
        return None
    if _is_nobody(actor):
        return None
    return actor, plain(event.origin.network)


def _nobody(event: WorkloadEvent) -> Tie | None:
    """Callers who did not say who they are, from one network; anywhere, that may be anybody."""
    actor, network = plain(event.actor.id), plain(event.origin.network)
    return Tie("actor", actor, network) if actor and network and _is_nobody(actor) else None


def _found_together(alert: Alert, events: Sequence[WorkloadEvent]) -> Iterator[Tie]:
    """Networks outside from which a rule that opens a case by itself found an act.

    One thief with ten tokens is one case, and so is one gateway before ten pods.
    """
    if LEVELS.index(alert.rule.level) >= LEVELS.index("high"):
        for event in events:
            outside = plain(event.origin.scope) == "external"
            if outside and (network := network_of(plain(event.origin.ip))):
                yield Tie("rule", alert.rule.path, network)


def _is_nobody(actor: str) -> bool:
    return actor.rpartition("/")[2] in NOBODY


def _spoken_for(names: Sequence[str | None], events: Sequence[WorkloadEvent]) -> Iterator[Tie]:
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
            yield from (Tie("service account", account, network) for account in accounts)


def _repository(text: str) -> Tie | None:
    """Read ``repo:owner/name`` out of an OIDC subject."""
    _, found, rest = text.partition("repo:")
    parts = rest.split(":")[0].split("/")
    return Tie("repository", f"{parts[0]}/{parts[1]}") if found and len(parts) == 2 else None


def _written(event: WorkloadEvent) -> Tie | None:
    """The repository that an act on GitHub may have made speak.

    A workflow's token speaks for its repository, so whoever can write to the repository, or run its
    workflows, acts with that token elsewhere.
    """
    if plain(event.action.name) in READ_ONLY:
        return None
    subject = plain(event.credential.subject)
    return _repository(subject) if subject and event.source == "github_audit" else None


def _entered(event: WorkloadEvent) -> Tie | None:
    """The pod that was entered. Whoever runs a command in a pod can read the token in it."""
    target, action = plain(event.target.id) or "", plain(event.action.name) or ""
    if action.endswith(ENTERED) and target.count("/") == 2:
        namespace, _, pod = target.split("/")
        return _pod(event, namespace, pod)
    return None


def _lives_in(event: WorkloadEvent) -> Tie | None:
    """The pod for which the acting token was issued."""
    bound, actor = plain(event.credential.bound_to), plain(event.actor.id) or ""
    _, is_account, account = actor.partition(SERVICE_ACCOUNT)
    if bound and is_account:
        return _pod(event, account.split(":")[0], bound)
    return None


def _pod(event: WorkloadEvent, namespace: str, pod: str) -> Tie:
    return Tie("pod", "/".join((plain(event.origin.cluster) or "", namespace, pod)).lstrip("/"))
