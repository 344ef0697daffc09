"""Which credentials of a case a response must reach, and which a person must look at."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.case import Case, CredentialNode
from rekey.containment.interface import Wanted
from rekey.containment.order import Order
from rekey.containment.plan import LeftOut

PROVIDERS: Final = {"aws_": "aws", "k8s_token": "kubernetes", "vault_": "vault"}
"""Begin of a credential's kind, as log sources name it → provider."""

_SURE: Final = ("proven", "derived")


@dataclass(frozen=True)
class Selected:
    """A credential that a provider shall look for.

    Attributes:
        ancestors: ids of credentials of the case from which it was minted, nearest first.
        playbooks: what the rules that fired on it ask for, or on what it was minted from.
        doubtful: the identity is shared, or the case could not prove who it is.
    """

    wanted: Wanted
    provider: str
    ancestors: tuple[str, ...]
    playbooks: tuple[str, ...]
    doubtful: bool


@dataclass(frozen=True)
class Selection:
    """What a plan is made for, parents before children, and what it leaves out."""

    selected: tuple[Selected, ...]
    left_out: tuple[LeftOut, ...]


def select(
    case: Case,
    order: Order,
    now: datetime,
    only: Collection[str] = (),
    kinds: Mapping[str, str] = PROVIDERS,
) -> Selection:
    """Choose from a case: the credentials with alerts, and all that was minted from them.

    Args:
        case: the case.
        order: in a rotation the children of a credential are left to expire.
        now: expired credentials are left out.
        only: ids to choose instead, whatever the alerts say.
        kinds: as :data:`PROVIDERS`.
    """
    nodes = {node.credential.id: node for node in case.credentials if node.credential.id}
    roots = set(only) or {id for id, node in nodes.items() if node.alerts}
    chosen: list[Selected] = []
    left: list[LeftOut] = [
        LeftOut(what=id, why="is not in the case") for id in sorted(set(only) - nodes.keys())
    ]
    for id, node in nodes.items():
        ancestors = _ancestors(node, nodes)
        if id in roots or (order == "contain" and roots & set(ancestors)):
            over = node.expires_at is not None and node.expires_at <= now
            why = _expired(node) if over else _why_not(node, case, kinds)
            if why:
                book = next(iter(_asked(case, [id])), None)
                left.append(LeftOut(what=id, why=why, playbook=book, over=over))
            else:
                chosen.append(_selected(node, ancestors, case, kinds))
        elif roots & set(ancestors):
            left.append(LeftOut(what=id, why="a rotation lets what was minted before expire"))
        elif any(id in _ancestors(nodes[root], nodes) for root in roots & nodes.keys()):
            left.append(LeftOut(
                what=id, playbook=next(iter(_asked(case, [id])), None),
                why="no alert is on it, but what is contained was minted from it: it can mint "
                "again, and --only adds it",
            ))  # fmt: skip
    return Selection(tuple(chosen), tuple(left))


def _ancestors(node: CredentialNode, nodes: dict[str, CredentialNode]) -> tuple[str, ...]:
    """Walk up along edges that are sure; the nearest first."""
    found: list[str] = []
    current: CredentialNode | None = node
    while current and current.link in _SURE and (parent := current.parent_id) in nodes:
        if parent is None or parent in found:
            break
        found.append(parent)
        current = nodes[parent]
    return tuple(found)


def _expired(node: CredentialNode) -> str:
    return f"it expired at {node.expires_at:%Y-%m-%d %H:%M} UTC"


def _why_not(node: CredentialNode, case: Case, kinds: Mapping[str, str]) -> str | None:
    if _provider(node, kinds) is None:
        return f"no provider handles {node.credential.kind or 'a credential of unknown kind'}"
    actor = next((one for one in case.actors if one.actor.id == node.actor_id), None)
    if actor is not None and actor.attribution == "ambiguous":
        return "who used it is ambiguous: a person must decide"
    return None


def _selected(
    node: CredentialNode, ancestors: tuple[str, ...], case: Case, kinds: Mapping[str, str]
) -> Selected:
    credential = node.credential
    actors = {one.actor.id: one for one in case.actors}
    actor = actors.get(node.actor_id)
    by_id = {one.credential.id: one for one in case.credentials}
    # A credential that was never used is at home where its minter was, as far as anybody knows.
    minter = next((actors.get(by_id[id].actor_id) for id in ancestors if id in by_id), None)
    home = actor or minter
    steps = [step for step in case.timeline if step.credential_id == credential.id]
    asked = _asked(case, [credential.id or "", *ancestors])
    return Selected(
        Wanted(
            kind=credential.kind or "", id=credential.id or "", actor=node.actor_id,
            account=home.actor.account if home else None,
            parent=node.parent_id if node.link in _SURE else None,
            issuer=credential.issuer, bound_to=credential.bound_to,
            issued_at=credential.issued_at, expires_at=node.expires_at,
            targets=tuple(dict.fromkeys(step.target for step in steps if step.target)),
            playbooks=asked,
        ),
        _provider(node, kinds) or "",
        ancestors,
        asked,
        actor is None or actor.shared or actor.attribution == "unknown",
    )  # fmt: skip


def _provider(node: CredentialNode, kinds: Mapping[str, str]) -> str | None:
    kind = node.credential.kind or ""
    return next((name for begin, name in kinds.items() if kind.startswith(begin)), None)


def _asked(case: Case, credentials: Sequence[str]) -> tuple[str, ...]:
    """Give the playbooks that rules ask for on these credentials, in the order of credentials."""
    asked: Iterable[str | None] = (
        alert.rule.playbook
        for id in credentials
        for alert in case.alerts
        if alert.credential.id == id
    )
    return tuple(dict.fromkeys(name for name in asked if name))
