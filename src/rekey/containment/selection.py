"""Which credentials of a case a response must reach, and what becomes of all the others."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.case import Case, CredentialNode
from rekey.containment.order import Order
from rekey.containment.plan import LeftOut
from rekey.containment.target import Wanted
from rekey.playbook_choice import playbooks_for

PROVIDERS: Final = {"aws_": "aws", "k8s_token": "kubernetes", "vault_": "vault"}
"""Begin of a credential's kind, as log sources name it → provider."""

_SURE: Final = ("proven", "derived")


@dataclass(frozen=True)
class Selected:
    """A credential that a provider shall look for.

    Attributes:
        ancestors: ids of credentials of the case from which it was minted, nearest first.
        playbooks: what a person prefers, then what the rules ask for that fired on it, or on what
            it was minted from.
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
    playbooks: Sequence[str] = (),
) -> Selection:
    """Choose from a case: the credentials with alerts, and all that was minted from them.

    Every other credential of the case is left out by name, with what follows of that.

    Args:
        case: the case.
        order: in a rotation the children of a credential are left to expire.
        now: expired credentials are left out.
        only: ids to choose instead, whatever the alerts say.
        kinds: as :data:`PROVIDERS`.
        playbooks: names that a person prefers to what the rules ask for.
    """
    return _Selecting(case, order, now, frozenset(only), kinds, tuple(playbooks)).all()


class _Selecting:
    def __init__(
        self, case: Case, order: Order, now: datetime, only: frozenset[str],
        kinds: Mapping[str, str], playbooks: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.case, self.order, self.now, self.only, self.kinds = case, order, now, only, kinds
        self.playbooks = playbooks
        self.nodes: Mapping[str, CredentialNode] = {
            node.credential.id: node for node in case.credentials if node.credential.id
        }
        self.roots = only or frozenset(id for id, node in self.nodes.items() if node.alerts)

    def all(self) -> Selection:
        chosen: list[Selected] = []
        left = [
            LeftOut(what=id, why="is not in the case", exposure="none")
            for id in sorted(self.only - self.nodes.keys())
        ]
        left += [_nameless(node) for node in self.case.credentials
                 if node.alerts and not node.credential.id]  # fmt: skip
        left += _unlogged(self.case)
        for id, node in self.nodes.items():
            ancestors = self._ancestors(node)
            minted = bool(self.roots & set(ancestors))
            if id in self.roots or (minted and self.order == "contain"):
                refused = self._refused(id, node)
                if refused is None:
                    chosen.append(self._selected(node, ancestors))
                else:
                    left.append(refused)
            else:
                left.append(self._not_asked(id, node, minted))
        return Selection(tuple(chosen), tuple(left))

    def _ancestors(self, node: CredentialNode, *, sure: bool = True) -> tuple[str, ...]:
        """Walk up along edges that are sure, or along all; the nearest first."""
        found: list[str] = []
        current: CredentialNode | None = node
        while current and (current.link in _SURE or not sure):
            parent = current.parent_id
            if parent is None or parent in found or parent not in self.nodes:
                break
            found.append(parent)
            current = self.nodes[parent]
        return tuple(found)

    def _refused(self, id: str, node: CredentialNode) -> LeftOut | None:
        """Say why one that should be taken cannot be."""
        if node.expires_at is not None and node.expires_at <= self.now:
            return _expired(id, node.expires_at)
        why = self._unfit(node)
        if why is None:
            return None
        return LeftOut(what=id, why=why, playbook=self._book(id))

    def _unfit(self, node: CredentialNode) -> str | None:
        if self._provider(node) is None:
            return f"no provider handles {node.credential.kind or 'a credential of unknown kind'}"
        actor = next((one for one in self.case.actors if one.actor.id == node.actor_id), None)
        if actor is not None and actor.attribution == "ambiguous":
            return "who used it is ambiguous: a person must decide"
        return None

    def _not_asked(self, id: str, node: CredentialNode, minted: bool) -> LeftOut:
        """Say what becomes of one that is not taken: nobody may think that it was."""
        book = self._book(id)
        if node.expires_at is not None and node.expires_at <= self.now:
            return _expired(id, node.expires_at)
        if minted:
            why = "a rotation lets what was minted before expire"
            return LeftOut(what=id, why=why, exposure="expires", until=node.expires_at)
        if node.alerts:
            why = "alerts are on it, and it was not asked for: --only adds it"
            return LeftOut(what=id, why=why, playbook=book)
        if unsure := self.roots & set(self._ancestors(node, sure=False)):
            why = (f"the logs do not prove whether it was minted from {', '.join(sorted(unsure))}: "
                   "--only adds it")  # fmt: skip
            return LeftOut(what=id, why=why, playbook=book)
        above = {one for root in self.roots & self.nodes.keys()
                 for one in self._ancestors(self.nodes[root])}  # fmt: skip
        if id in above:
            why = ("no alert is on it, but what is contained was minted from it: it can mint "
                   "again, and --only adds it")  # fmt: skip
            # Whether it can is what the steps say about the mint: see the exposures of the plan.
            return LeftOut(what=id, why=why, playbook=book, exposure="watch")
        why = "no alert is on it, and it was not minted from one that has"
        return LeftOut(what=id, why=why, exposure="none")

    def _selected(self, node: CredentialNode, ancestors: tuple[str, ...]) -> Selected:
        credential = node.credential
        actors = {one.actor.id: one for one in self.case.actors}
        actor = actors.get(node.actor_id or "")
        # A credential that was never used is at home where its minter was, as far as we know.
        minter = next((actors.get(self.nodes[id].actor_id or "") for id in ancestors), None)
        home = actor or minter
        steps = [step for step in self.case.timeline if step.credential_id == credential.id]
        asked = (*self.playbooks, *self._asked([credential.id or "", *ancestors]))
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
            self._provider(node) or "",
            ancestors,
            asked,
            actor is None or actor.shared or actor.attribution == "unknown",
        )  # fmt: skip

    def _provider(self, node: CredentialNode) -> str | None:
        kind = node.credential.kind or ""
        return next((name for begin, name in self.kinds.items() if kind.startswith(begin)), None)

    def _book(self, id: str) -> str | None:
        return next(iter(self._asked([id])), None)

    def _asked(self, credentials: Sequence[str]) -> tuple[str, ...]:
        """Give the playbooks that rules ask for on these credentials, in that order."""
        asked: Iterable[str | None] = (
            alert.rule.playbook
            for id in credentials
            for alert in self.case.alerts
            if alert.credential.id == id
        )
        return tuple(dict.fromkeys(name for name in asked if name))


def _expired(id: str, at: datetime) -> LeftOut:
    return LeftOut(what=id, why=f"it expired at {at:%Y-%m-%d %H:%M} UTC", exposure="none")


def _nameless(node: CredentialNode) -> LeftOut:
    what = f"a {node.credential.kind or 'credential'} of {node.actor_id or 'somebody unknown'}"
    return LeftOut(what=what, why="alerts are on it, and the logs give it no id")


def _unlogged(case: Case) -> list[LeftOut]:
    """Say of identities with alerts that what they acted with is in no record.

    The other account's record of a role that was assumed knows the caller by an opaque id only; that
    is no identity of the case, and what was presented stands in the caller's own record.
    """
    known = {who.actor.id for who in case.actors}
    found = dict.fromkeys(
        (alert.actor.id, next(iter(playbooks_for(alert)), None))
        for alert in case.alerts
        if alert.credential.id is None and alert.actor.id in known
    )
    return [
        LeftOut(
            what=f"what {actor or 'somebody unknown'} acted with",
            why="the logs name no credential: find it by hand",
            playbook=playbook,
        )
        for actor, playbook in found
    ]
