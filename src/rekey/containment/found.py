"""Credentials of a case, found at their providers: what a plan acts on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rekey.case import Case
from rekey.containment import guards
from rekey.containment.break_glass import BreakGlass
from rekey.containment.connections import Connections
from rekey.containment.errors import Gone
from rekey.containment.interface import Provider
from rekey.containment.order import Order
from rekey.containment.plan import LeftOut
from rekey.containment.playbook import Library, Playbook, StepSpec
from rekey.containment.secret_store import SecretStore
from rekey.containment.selection import Selected
from rekey.containment.settings import ContainmentSettings
from rekey.containment.target import Connection, Target, joined
from rekey.errors import RekeyError
from rekey.site.model import Site


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    Attributes:
        only: ids of credentials, instead of those with alerts.
        destinations: id of a credential → place in the store where its successor goes.
        journal: id of the journal in which the run will stand; ``None`` for a dry run.
        before: the break-glass list that was in force when the last run began.
        accounts: provider → account, cluster or Vault of credentials for which the case names none:
            a plain audit log does not say which cluster wrote it.
        since: when the abuse began, where somebody knows that it was before the case begins.
        playbooks: names that are preferred to what the rules ask for, where they act on a target.
    """

    case: Case
    order: Order
    requester: str
    reason: str
    only: frozenset[str] = frozenset()
    destinations: Mapping[str, str] = field(default_factory=dict)
    store: SecretStore | None = None
    journal: str | None = None
    before: BreakGlass = field(default_factory=BreakGlass)
    accounts: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    playbooks: tuple[str, ...] = ()

    @property
    def begin(self) -> datetime:
        """When surveys begin to look.

        Raises:
            RekeyError: what was asked for would leave out a part of the case.
        """
        if self.since is not None and self.since > self.case.first:
            raise RekeyError(
                f"the case begins at {self.case.first:%Y-%m-%d %H:%M:%S} UTC, which is earlier",
                hint="--since is for what began earlier than the case shows.",
            )
        return self.since or self.case.first


@dataclass(frozen=True)
class Found:
    """A target, with what to do about it.

    Attributes:
        selected: the first credential of the case that led to it.
        credentials: all of them, and ``ancestors`` what they were minted from.
        expires: when the last of them expires; ``None`` if that is not known of one.
    """

    selected: Selected
    credentials: frozenset[str]
    ancestors: frozenset[str]
    expires: datetime | None
    provider: Provider
    connection: Connection
    target: Target
    playbook: Playbook
    specs: tuple[StepSpec, ...]
    number: int

    def step_id(self, spec: StepSpec) -> str:
        """Name a step of it within the plan."""
        return f"{self.number}-{spec.id}"


class Finder:
    """Finds targets with what a site has connected and says."""

    def __init__(
        self, connections: Connections, library: Library, settings: ContainmentSettings,
        site: Site, listed: BreakGlass,
    ) -> None:  # fmt: skip
        self._connections, self._library, self._settings = connections, library, settings
        self._site, self._listed = site, listed

    def all(
        self, selected: Sequence[Selected], request: Request, left: list[LeftOut]
    ) -> list[Found]:
        """Locate credentials; the same target is planned once, with what is known of all of them.

        Whatever cannot be located, for whatever reason but that it is gone, is left open.
        """
        found: dict[tuple[str, str, str, str], Found] = {}
        for one in selected:
            try:
                where = self._locate(one, request, len(found) + 1)
                target = where.target
                key = (target.provider, target.scope, target.kind, target.id)
                if known := found.get(key):
                    where = _both(known, where)
            except RekeyError as error:
                left.append(LeftOut(
                    what=one.wanted.id, why=error.message,
                    playbook=self._library.guidance(one.wanted.kind, one.playbooks),
                    exposure="none" if isinstance(error, Gone) else "open",
                ))  # fmt: skip
                continue
            found[key] = where
        return list(found.values())

    def _locate(self, one: Selected, request: Request, number: int) -> Found:
        account = one.wanted.account or request.accounts.get(one.provider)
        provider, connection = self._connections.for_account(one.provider, account)
        target = provider.locate(one.wanted)
        guards.account(connection, target.provider, target.scope)
        guards.oneself(connection, target, request.store, self._settings.depends_on)
        guards.protected(provider, target, self._listed, self._site)
        automation = self._library.automation(target.kind, one.playbooks)
        if automation is None:
            raise RekeyError(f"no playbook automates {target.kind}")
        playbook, both = automation
        specs = both.steps(request.order)
        if not specs:
            raise RekeyError(f"{target.kind} cannot be rotated: whoever opened it renews it")
        return Found(
            one, frozenset({one.wanted.id}), frozenset(one.ancestors), one.wanted.expires_at,
            provider, connection, target, playbook, specs, number,
        )  # fmt: skip


def destinations(acting: Iterable[Found], request: Request) -> dict[str, str]:
    """Give the place for the successor of each target, by the target's id."""
    return {
        one.target.id: request.destinations[id]
        for one in acting
        for id in sorted(one.credentials & request.destinations.keys())
    }


def _both(known: Found, other: Found) -> Found:
    """Join two credentials that the same effects end, and what the case tells of each of them.

    Raises:
        RekeyError: it tells of one what it denies of the other, or the target is gone.
    """
    target, more = known.target, other.target
    if more.given != target.given:
        given = joined(target.given, more.given)
        target = known.provider.resolve(target.kind, target.id, given)
    return replace(
        known, target=target, credentials=known.credentials | other.credentials,
        ancestors=known.ancestors | other.ancestors, expires=_later(known.expires, other.expires),
    )  # fmt: skip


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else None
