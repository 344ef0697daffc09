"""A run on a real server: a case about one credential, a plan of the shipped playbooks, an engine."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rekey.alert import ActorRef, Alert, CredentialRef, RuleRef
from rekey.case import Case, CaseActor, Confidence, CredentialNode
from rekey.containment.break_glass import BreakGlass
from rekey.containment.clock import SystemClock
from rekey.containment.connections import Connections
from rekey.containment.context import Context
from rekey.containment.found import Request
from rekey.containment.interface import Provider
from rekey.containment.order import Order
from rekey.containment.plan import Plan
from rekey.containment.planning import Planner
from rekey.containment.playbook import Library
from rekey.containment.progress import Progress
from rekey.containment.run import Engine
from rekey.containment.secret import Secret
from rekey.containment.secret_store import SecretStore
from rekey.containment.settings import ContainmentSettings, Limits
from rekey.content import content
from rekey.journal.sqlite import SqliteJournal
from rekey.site.model import Site
from tests.fakes.people import People


class Hasty(SystemClock):
    """The real time, waited for a fraction as long: for servers whose effects hold at once."""

    def __init__(self, fraction: float, ahead: timedelta = timedelta()) -> None:
        self._fraction, self.ahead = fraction, ahead

    def now(self) -> datetime:
        return super().now() + self.ahead

    def sleep(self, length: timedelta) -> None:
        super().sleep(length * self._fraction)
        self.ahead += length * (1 - self._fraction)


@dataclass
class Incident:
    """One alert on one credential, which was minted from another where ``parent`` is its id.

    Attributes:
        beside: ids of further credentials of the same kind and identity, with alerts too.
        told: the case, where another than that one is meant.
    """

    provider: Provider
    people: People
    folder: Path
    credential: str
    kind: str
    actor: str | None
    account: str
    playbook: str
    store: SecretStore | None = None
    destination: str | None = None
    presented: Mapping[str, str] = field(default_factory=dict)
    since: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))
    clock: SystemClock = field(default_factory=SystemClock)
    parent: str | None = None
    bound_to: str | None = None
    book: str = "journal"
    break_glass: BreakGlass = field(default_factory=BreakGlass)
    beside: tuple[str, ...] = ()
    told: Case | None = None

    def settings(self) -> ContainmentSettings:
        return ContainmentSettings(
            allowed_signers=self.people.allowed, kill_switch=self.folder / "halt",
            limits=Limits(effects_per_hour=1000), evidence=self.folder / "evidence",
        )  # fmt: skip

    def plan(self, order: Order = "contain") -> Plan:
        planner = Planner(
            Connections([self.provider]), Library([content("playbooks")]), self.settings(),
            Site(), self.break_glass,
        )  # fmt: skip
        places = {self.credential: self.destination} if self.destination else {}
        with closing(self.journal()) as book:
            journal = book.id
        request = Request(
            self.case(), order, "ada", "a drill", destinations=places, store=self.store,
            journal=journal,
        )  # fmt: skip
        return planner.plan(request, self.clock.now())

    def run(self, plan: Plan) -> Progress:
        signatures = [self.people.approval(plan, name) for name in ("bob", "cem")]
        return self.engine(plan).start(plan, self.people.request(plan), signatures)

    def engine(self, plan: Plan) -> Engine:
        journal = self.journal()
        presented = {
            step.target.id: Secret(value)
            for step in plan.steps
            for id, value in self.presented.items()
            if id in (step.target.id, self.credential)
        }
        return Engine(Context(
            Connections([self.provider]), self.settings(), journal, self.clock, Site(),
            self.break_glass, self.store, presented, b"k" * 32,
        ))  # fmt: skip

    def journal(self) -> SqliteJournal:
        self.folder.mkdir(parents=True, exist_ok=True)
        return SqliteJournal(self.folder / self.book, now=self.clock.now)

    def journal_text(self) -> str:
        """Everything the journal holds, to look for secrets in it."""
        return "".join(
            path.read_bytes().decode("utf-8", "replace") for path in self.folder.glob("journal*")
        )

    def case(self) -> Case:
        if self.told is not None:
            return self.told
        who = ActorRef(
            id=self.actor or "unknown", kind="workload", name=self.actor, account=self.account
        )
        known = CredentialRef(id=self.credential, kind=self.kind, bound_to=self.bound_to)
        others = [known.model_copy(update={"id": one}) for one in self.beside]
        alert = Alert(
            id="a1", sources=("test",), actor=who, credential=known, first=self.since,
            last=self.since, count=1,
            rule=RuleRef(path="test/rule", id="r1", title="It was stolen", level="high",
                         playbook=self.playbook),
        )  # fmt: skip
        return Case(
            id="c1", title="A stolen credential", level="high", opened_because="an alert",
            confidence=Confidence(score=90, reasons=()), first=self.since, last=self.since,
            actors=(CaseActor(actor=who, attribution="proven", reasons=(), owner=None),),
            credentials=tuple(self._node(who, one) for one in (known, *others)), alerts=(alert,), abnormal=(),
            timeline=(), targets=(), playbooks=(self.playbook,), not_evaluable=(),
        )  # fmt: skip

    def _node(self, who: ActorRef, known: CredentialRef) -> CredentialNode:
        rest: dict[str, Any] = dict.fromkeys(
            ("link_reason", "minted_at", "minted_by_event", "expires_at", "first_used", "last_used")
        )
        return CredentialNode(
            credential=known, actor_id=who.id, parent_id=self.parent,
            link="proven" if self.parent else None, validity="valid", uses=1, alerts=("a1",),
            **rest,
        )  # fmt: skip
