"""A responder at work: the command line on an account, through the proxy."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml

from rekey.alert import ActorRef, CredentialRef
from rekey.case import CredentialNode
from rekey.containment.order import Order
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress, progress_of
from rekey.journal.interface import Entry
from rekey.journal.sqlite import SqliteJournal
from tests.fakes.people import People
from tests.faults.exchange import Request, Seen
from tests.faults.faults import Act
from tests.faults.proxy import FaultProxy
from tests.providers.account import REGION, shown
from tests.providers.incident import Incident
from tests.sweeps.aws_ground import CONSUMERS, Ground, Victim
from tests.sweeps.children import Children, Ended


def operation(request: Request) -> str:
    """Name a call as AWS does."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    fields = dict(part.partition("=")[::2] for part in request.body.decode().split("&"))
    return fields.get("Action") or f"{request.method} {request.path}"


def reads(request: Request) -> bool:
    """Say whether a call only reads; AWS's names tell."""
    return operation(request).startswith(_READ)


_READ: Final = ("Get", "List", "Describe", "Lookup", "Simulate", "GET ")


@dataclass
class Stolen(Incident):
    """An incident whose credential was minted from another, where ``parent`` is its id."""

    parent: str | None = None

    def _nodes(self, who: ActorRef, known: CredentialRef) -> tuple[CredentialNode, ...]:
        (node,) = super()._nodes(who, known)
        if self.parent is None:
            return (node,)
        return (node.model_copy(update={"parent_id": self.parent, "link": "proven"}),)


@dataclass
class Desk:
    """One incident: its plan, requested and approved, in a folder with settings and journal."""

    ground: Ground
    proxy: FaultProxy
    children: Children
    people: People
    folder: Path
    victim: Victim
    order: Order = "contain"
    limits: dict[str, object] = field(default_factory=dict)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        (self.folder / "containment.yml").write_text(yaml.safe_dump(self._settings()))
        self.plan = self._incident().plan(self.order)
        file = self.folder / "plan.json"
        file.write_text(json.dumps(self.plan.document()))
        file.with_name("plan.json.request").write_text(self.people.request(self.plan))
        for name in ("bob", "cem")[: self.plan.approvers]:
            approval = self.people.approval(self.plan, name)
            file.with_name(f"plan.json.approval-{name}").write_text(approval)

    def run(self, *, dies_at: int | None = None) -> Ended:
        """``rekey contain run``, with the stolen credential at hand."""
        return self._rekey("run", str(self.folder / "plan.json"), *self._present, dies_at=dies_at)

    def resume(self, *, dies_at: int | None = None, ahead: float = 0) -> Ended:
        """``rekey contain resume``."""
        return self._rekey("resume", self.plan.run, *self._present, dies_at=dies_at, ahead=ahead)

    def undo(self, *, dies_at: int | None = None) -> Ended:
        """``rekey contain undo``."""
        key = str(self.people.key("ada"))
        return self._rekey("undo", self.plan.run, "--reason", "wrong", "--key", key,
                           dies_at=dies_at, stdin="")  # fmt: skip

    def workload_restarts(self) -> None:
        """Let the service read its secret anew, and use it."""
        if (held := self.ground.current(self.victim)) is not None:
            self.ground.accepted(held)

    def workload_follows_the_store(self) -> None:
        """Restart the service whenever its secret is written."""
        self.proxy.plan(
            Act(self.workload_restarts, "after"), times=None,
            at=lambda request: operation(request) == "PutSecretValue",
        )  # fmt: skip

    def done(self, name: str) -> int:
        """Count the calls of an operation that the server carried out."""
        return sum(one.name == name and one.upstream == 200 for one in self.proxy.seen)

    def changes(self) -> Iterable[Seen]:
        """Give all calls of a run that change something."""
        return [one for one in self.proxy.seen if not one.name.startswith(_READ)]

    def journal(self) -> list[Entry]:
        """Read the journal of the run."""
        book = SqliteJournal(self.folder / "rekey.journal")
        try:
            return list(book.entries(run=self.plan.run))
        finally:
            book.close()

    def progress(self) -> Progress:
        """Read where the run stands."""
        book = SqliteJournal(self.folder / "rekey.journal")
        try:
            found = progress_of(book, self.plan.run)
        finally:
            book.close()
        assert found is not None
        return found

    @property
    def _present(self) -> tuple[str, str]:
        return "--present", self.victim.role or self.victim.key["AccessKeyId"]

    def _rekey(
        self, *arguments: str, stdin: str | None = None, dies_at: int | None = None,
        ahead: float = 0,
    ) -> Ended:  # fmt: skip
        own = self.ground.responder
        held = self.victim.session if self.victim.role else self.victim.key
        environment = {
            "AWS_ACCESS_KEY_ID": own["AccessKeyId"], "AWS_DEFAULT_REGION": REGION,
            "AWS_SECRET_ACCESS_KEY": own["SecretAccessKey"], "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none"),
            "REKEY_CONTAINMENT": str(self.folder / "containment.yml"),
        }  # fmt: skip
        said = shown(dict(held)).reveal() + "\n" if stdin is None else stdin
        return self.children.run(
            ["contain", *arguments], environment, stdin=said, dies_at=dies_at, ahead=ahead
        )

    def _settings(self) -> dict[str, object]:
        own = {"endpoint_url": self.proxy.url}
        aws = own | {"consumers": {k: list(v) for k, v in CONSUMERS.items()}, "production": []}
        return {
            "version": 1,
            "providers": [{"name": "aws", "options": aws}],
            "stores": [{"name": self.ground.store.name, "provider": "aws", "options": own}],
            "allowed_signers": str(self.people.allowed),
            "limits": {"effects_per_hour": 1000, "clock_skew": "0s"} | self.limits,
        }

    def _incident(self) -> Stolen:
        ground, victim = self.ground, self.victim
        key = victim.key["AccessKeyId"]
        since = datetime.now(UTC)
        if victim.role:
            return Stolen(
                ground.provider, self.people, self.folder, victim.session["AccessKeyId"],
                "aws_session_key", victim.role, ground.id, "aws_role_session", parent=key,
                since=since,
            )  # fmt: skip
        return Stolen(
            ground.provider, self.people, self.folder, key, "aws_access_key", victim.user,
            ground.id, "aws_access_key", store=ground.store, destination=victim.name, since=since,
        )  # fmt: skip
