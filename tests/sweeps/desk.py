"""A responder at work: the command line on a server, through a proxy."""

import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import yaml

from rekey.containment.break_glass import BreakGlass, read_break_glass
from rekey.containment.clock import SystemClock
from rekey.containment.order import Order
from rekey.containment.plan import Plan
from rekey.containment.progress import Progress, progress_of
from rekey.journal.interface import Entry
from rekey.journal.sqlite import SqliteJournal
from tests.fakes.people import People
from tests.faults.exchange import Seen
from tests.faults.faults import Act
from tests.faults.proxy import FaultProxy
from tests.sweeps.children import Child, Children, Ended
from tests.sweeps.ground import Ground, Victim, Work

BOOK: Final = "rekey.journal"
"""Name of the journal, which settings that name none give it."""

DUE: Final = 7.5 * 24 * 3600
"""Seconds until the grace time of the playbooks is over, and the time to use it is not."""


class Shifted(SystemClock):
    """The time of a machine whose clock is off."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._ahead


@dataclass
class Desk:
    """One incident: its plan, requested and approved, in a folder with settings and journal.

    Attributes:
        since: begin of the abuse.
        limits: of the settings, besides those that sweeps need.
        more: further settings.
        ahead: seconds by which the responder's clock is ahead.
        book: path of the journal, as seen from the folder; incidents may share one.
    """

    ground: Ground
    children: Children
    people: People
    folder: Path
    victim: Victim
    order: Order = "contain"
    since: datetime | None = None
    limits: Mapping[str, object] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)
    ahead: float = 0
    book: str = BOOK
    proxy: FaultProxy = field(init=False)
    plan: Plan = field(init=False)
    outputs: list[str] = field(init=False, default_factory=list)
    _child: Child | None = field(init=False, default=None)
    _before: list[Seen] = field(init=False, default_factory=list)

    def __enter__(self) -> Self:
        """Open the incident: plan, request and approvals, with no fault planned."""
        self.proxy = self.ground.proxy()
        self.proxy.__enter__()
        self.folder.mkdir(parents=True)
        (self.folder / "containment.yml").write_text(yaml.safe_dump(self._settings()))
        self.make_plan()
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.proxy.__exit__(kind, error, trace)

    def make_plan(self) -> None:
        """Plan, request and approve, with the world as it is now."""
        since = self.since or self.ground.since()
        listed = self.more.get("break_glass")
        case = replace(
            self.victim.incident(self.people, self.folder, since), book=self.book,
            clock=Shifted(self.ahead), break_glass=read_break_glass(
                Path(str(listed)), self.people.allowed) if listed else BreakGlass(),
        )  # fmt: skip
        self.plan = case.plan(self.order)
        file = self.folder / "plan.json"
        file.write_text(json.dumps(self.plan.document()))
        file.with_name("plan.json.request").write_text(self.people.request(self.plan))
        for name in ("bob", "cem")[: self.plan.approvers]:
            approval = self.people.approval(self.plan, name)
            file.with_name(f"plan.json.approval-{name}").write_text(approval)

    def begin(self) -> None:
        """Forget faults, number calls anew, and let the workload follow the store."""
        self._before += self.proxy.seen
        self.proxy.reset()
        self.proxy.plan(Act(self.victim.restarts, "after"), at=self.ground.writes, times=None)

    # What people type.

    def run(self, *, dies_at: int | None = None) -> Ended:
        """``rekey contain run``, with the stolen credential at hand."""
        return self._rekey("run", str(self.folder / "plan.json"), *self._present(),
                           stdin=self._shown(), dies_at=dies_at)  # fmt: skip

    def resume(self, *, dies_at: int | None = None, ahead: float = 0) -> Ended:
        """``rekey contain resume``."""
        return self._rekey("resume", self.plan.run, *self._present(), stdin=self._shown(),
                           dies_at=dies_at, ahead=ahead)  # fmt: skip

    def undo(self, *, dies_at: int | None = None) -> Ended:
        """``rekey contain undo``."""
        key = str(self.people.key("ada"))
        return self._rekey("undo", self.plan.run, "--reason", "wrong", "--key", key,
                           dies_at=dies_at)  # fmt: skip

    def report(self) -> Ended:
        """``rekey contain report``, into the folder ``evidence``."""
        return self._rekey("report", self.plan.run, "--out", str(self.folder / "evidence"))

    def works(self, work: Work, *, dies_at: int | None = None) -> Ended:
        """Do a piece of work."""
        if work == "undoing":
            return self.undo(dies_at=dies_at)
        if work == "deletion":
            return self.resume(dies_at=dies_at, ahead=DUE)
        return self.run(dies_at=dies_at)

    def pid(self) -> int:
        """Process id of the command that is on; for :class:`tests.faults.faults.Kill`."""
        assert self._child is not None
        return self._child.pid()

    # What there is to see.

    def done(self, name: str) -> int:
        """Count the calls of a name that the server carried out since :meth:`begin`."""
        return sum(one.name == name and one.accepted for one in self.proxy.seen)

    def changes(self) -> list[Seen]:
        """Give the calls since :meth:`begin` that change something."""
        return [one for one in self.proxy.seen if not one.reads]

    def world(self, expected: object) -> object:
        """Look at the victim, until it is as expected or the server has forgotten all before."""
        end = time.monotonic() + self.ground.remembers
        while (seen := self.victim.world()) != expected and time.monotonic() < end:
            time.sleep(0.5)
        return seen

    def effects(self) -> Mapping[str, int]:
        """Count what was done to the victim, from the first call of this incident on."""
        return self.victim.effects([*self._before, *self.proxy.seen])

    def journal(self) -> list[Entry]:
        """Read the journal of the run."""
        with closing(SqliteJournal(self.folder / self.book)) as book:
            return list(book.entries(run=self.plan.run))

    def progress(self) -> Progress:
        """Read where the run stands."""
        with closing(SqliteJournal(self.folder / self.book)) as book:
            found = progress_of(book, self.plan.run)
        assert found is not None
        return found

    def orphans(self) -> int:
        """Count the orphans that the journal says were ended, at once or later."""
        kinds = ("cleared", "failed", "throttled", "unclear")
        return sum(len(one.payload["removed"]) for one in self.journal() if one.kind in kinds)

    def lies(self) -> list[str]:
        """Compare what the run says of itself with the world, and give what is not so."""
        if not (self.folder / self.book).exists():
            return []
        return self.victim.lies() if "verified" in self.progress().outcome else []

    def _present(self) -> list[str]:
        if not self.plan.steps:  # nobody is asked for what a plan does not act on
            return []
        return [part for id in self.victim.presented for part in ("--present", id)]

    def _shown(self) -> str:
        return "".join(f"{value}\n" for value in self.victim.presented.values())

    def _rekey(
        self, *arguments: str, stdin: str = "", dies_at: int | None = None, ahead: float = 0
    ) -> Ended:
        environment = {
            **self.ground.environment(self.folder),
            "REKEY_CONTAINMENT": str(self.folder / "containment.yml"),
        }
        self._child = self.children.child(
            ["contain", *arguments], environment, self.ground.pace, stdin=stdin, dies_at=dies_at,
            ahead=self.ahead + ahead,
        )  # fmt: skip
        ended = self._child.run()
        self.outputs.append(ended.said)
        return ended

    def _settings(self) -> dict[str, object]:
        return {
            "version": 1, "allowed_signers": str(self.people.allowed),
            "journal": {"path": self.book},
            "limits": {"effects_per_hour": 1000, "clock_skew": "0s"} | dict(self.limits),
            **self.ground.settings(self.proxy.url, self.folder), **self.more,
        }  # fmt: skip
