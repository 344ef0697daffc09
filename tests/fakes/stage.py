"""One stage for tests of the engine: a fake cloud with a stolen key, people, a journal, an engine."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from rekey.alert import ActorRef, Alert, CredentialRef, RuleRef
from rekey.case import Case, CaseActor, Confidence, CredentialNode
from rekey.containment.break_glass import BreakGlass, last_list
from rekey.containment.connections import Connections
from rekey.containment.context import Context
from rekey.containment.found import Request
from rekey.containment.order import Order
from rekey.containment.plan import Plan
from rekey.containment.planning import Planner
from rekey.containment.playbook import Library
from rekey.containment.progress import Progress
from rekey.containment.run import Engine
from rekey.containment.secret import Secret
from rekey.containment.settings import ContainmentSettings, Limits
from rekey.journal.interface import Journal
from rekey.journal.sqlite import SqliteJournal
from rekey.site.model import Site
from tests.fakes.fake_cloud import ACCOUNT, EPOCH, FakeCloud
from tests.fakes.fake_provider import KINDS, FakeProvider
from tests.fakes.fake_store import FakeStore
from tests.fakes.people import People

PLAYBOOKS = Path(__file__).parent / "playbooks"
USER = "svc-export"
PATH = "prod/export"


class Stage:
    """A stolen key of ``svc-export`` with a session minted from it, and a workload that uses it."""

    def __init__(
        self,
        folder: Path,
        people: People,
        point: Callable[[str], None] = lambda name: None,
        journal: Callable[[Journal], Journal] = lambda journal: journal,
    ) -> None:
        self.folder, self.people = folder, people
        folder.mkdir(parents=True, exist_ok=True)
        fresh = not (folder / "cloud.json").exists()
        self.cloud = FakeCloud(folder / "cloud.json", point)
        if fresh:
            self._set()
        self.provider = FakeProvider(self.cloud)
        self.journal = journal(SqliteJournal(folder / "journal", now=self.cloud.now))
        self.settings = ContainmentSettings(
            allowed_signers=people.allowed, kill_switch=folder / "halt",
            evidence=folder / "evidence",
            limits=Limits(effects_per_hour=100),
        )  # fmt: skip
        self.listed, self.site = BreakGlass(), Site()
        self.presented: Mapping[str, Secret] = {}

    def _set(self) -> None:
        id, secret = self.cloud.create_key(USER)
        self.cloud.set(stolen=id, stolen_credential=f"{id}:{secret}")
        self.cloud.put_secret(PATH, "old", f"{id}:{secret}")
        self.cloud.set(workloads={"exporter": {"path": PATH, "value": f"{id}:{secret}"}})
        self.cloud.sleep(timedelta(hours=1))
        self.cloud.set(session=self.cloud.mint_session(f"{id}:{secret}"))
        self.cloud.sleep(timedelta(minutes=1))
        self.cloud.set(calls=[])

    @property
    def stolen(self) -> str:
        return str(self.cloud.state["stolen"])

    @property
    def stolen_credential(self) -> str:
        return str(self.cloud.state["stolen_credential"])

    @property
    def session(self) -> str:
        return str(self.cloud.state["session"])

    def present_the_key(self) -> None:
        self.presented = {self.stolen: Secret(self.stolen_credential)}

    def planner(self) -> Planner:
        return Planner(Connections([self.provider]), Library([PLAYBOOKS]), self.settings,
                       self.site, self.listed, KINDS)  # fmt: skip

    def plan(self, order: Order = "contain", case: Case | None = None, **changes: Any) -> Plan:
        given: dict[str, Any] = {
            "reason": "a drill", "destinations": {self.stolen: PATH}, "store": FakeStore(self.cloud),
        }  # fmt: skip
        given |= {"journal": self.journal.id, "before": last_list(self.journal)}
        request = Request(case or made_case(self.stolen), order, "ada", **given | changes)
        return self.planner().plan(request, self.cloud.now())

    def engine(self) -> Engine:
        return Engine(Context(
            Connections([self.provider]), self.settings, self.journal, self.cloud, self.site,
            self.listed, FakeStore(self.cloud), self.presented, b"k" * 32,
        ))  # fmt: skip

    def run(self, plan: Plan, *approvers: str, override: str | None = None) -> Progress:
        signatures = [self.people.approval(plan, name) for name in approvers]
        return self.engine().start(plan, self.people.request(plan), signatures, override)

    def kinds(self, run: str, step: str | None = None) -> list[str]:
        entries = self.journal.entries(run=run)
        return [entry.kind for entry in entries if step is None or entry.step == step]


def made_case(
    key: str,
    actor: str = f"user/{USER}",
    children: Mapping[str, str] | None = None,
    **actor_changes: Any,
) -> Case:
    """Make a case: an alert on a key, and credentials that were minted from it or from others."""
    begin = EPOCH + timedelta(hours=1)
    credential = CredentialRef(id=key, kind="fake_key")
    who = ActorRef(id=actor, kind="workload", name=actor, account=ACCOUNT)
    alert = Alert(
        id="a1", sources=("fake",), actor=who, credential=credential, first=begin, last=begin,
        count=1, rule=RuleRef(path="fake/stolen", id="r1", title="A key was stolen", level="high",
                              playbook="fake_key"),
    )  # fmt: skip
    nodes = [_node(key, None, actor, ("a1",))]
    nodes += [_node(id, parent, actor, ()) for id, parent in (children or {}).items()]
    changes: dict[str, Any] = {"attribution": "proven", "reasons": (), "owner": None}
    return Case(
        id="c1", title="A stolen key", level="high", opened_because="an alert of level high",
        confidence=Confidence(score=90, reasons=()), first=begin, last=begin,
        actors=(CaseActor(actor=who, **changes | actor_changes),), credentials=tuple(nodes),
        alerts=(alert,), abnormal=(), timeline=(), targets=(), playbooks=("fake_key",),
        not_evaluable=(),
    )  # fmt: skip


def changed(case: Case, id: str, **changes: Any) -> Case:
    """Change one credential of a case; ``kind`` and the like belong to the credential itself."""
    own: dict[str, Any] = {key: changes.pop(key) for key in ("kind", "issued_at") if key in changes}

    def node(one: CredentialNode) -> CredentialNode:
        if one.credential.id != id:
            return one
        credential = one.credential.model_copy(update=own)
        return one.model_copy(update={"credential": credential, **changes})

    return case.model_copy(update={"credentials": tuple(map(node, case.credentials))})


def _node(id: str, parent: str | None, actor: str, alerts: tuple[str, ...]) -> CredentialNode:
    return CredentialNode(
        credential=CredentialRef(id=id, kind="fake_key"), actor_id=actor, parent_id=parent,
        link="proven" if parent else None, link_reason=None, minted_at=None, minted_by_event=None,
        expires_at=None, validity="valid", first_used=None, last_used=None, uses=1, alerts=alerts,
    )  # fmt: skip
