"""What a provider brings to the sweeps: a server that enforces, victims on it, and their truth.

Everything else is the same for all of them: :mod:`tests.sweeps.desk`, :mod:`tests.sweeps.bench` and
the sweeps themselves.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from rekey.containment.action_spec import Permission
from rekey.containment.order import Order
from rekey.errors import ExitCode
from tests.fakes.people import People
from tests.faults.exchange import Answer, Request, Seen
from tests.faults.proxy import FaultProxy
from tests.providers.incident import Incident

Work = Literal["run", "deletion", "undoing"]


@dataclass(frozen=True)
class Pace:
    """How long the engine waits at most, where the vendor's bound is about a world that is larger.

    Attributes:
        bound, patience, interval: as :class:`rekey.containment.action_spec.Propagation`, in seconds.
        round: what a round counts at least, whatever it takes: patience is a number of rounds.
        other: for any other wait: another attempt, a limit.
    """

    bound: float = 0.02
    patience: float = 3
    interval: float = 0.005
    round: float = 0.05
    other: float = 0.05


class Victim(ABC):
    """A workload whose credential was stolen.

    Attributes:
        name: of its identity, and of its place in the store.
    """

    name: str

    @abstractmethod
    def incident(self, people: People, folder: Path, since: datetime) -> Incident:
        """Open the case about its credential."""

    @property
    @abstractmethod
    def presented(self) -> Mapping[str, str]:
        """Id of a target → the old credential, for who runs the plan."""

    @abstractmethod
    def restarts(self) -> None:
        """Let the workload read its secret anew and use it, if there is a new one."""

    @abstractmethod
    def is_replaced(self) -> None:
        """Let somebody else have its name: what has it now is not what was planned about."""

    @abstractmethod
    def world(self) -> object:
        """Look at the server, past rekey: what is alive, and what opens something."""

    @abstractmethod
    def effects(self, seen: Sequence[Seen]) -> Mapping[str, int]:
        """Count what the server did to it in the name of the responder, by its own account.

        Args:
            seen: what went through the proxy; for a server that keeps no account.
        """

    @abstractmethod
    def lies(self) -> list[str]:
        """Say what is not so, given that a run says that it is done and verified."""

    def leaves(self) -> None:  # noqa: B027 - most servers do not mind
        """Take away what makes the server slow for those who come later."""


class Ground(ABC):
    """One server with victims on it.

    Attributes:
        pace: how long the engine waits there.
        lanes: incidents that go on at a time.
        remembers: seconds for which the server may accept what it has just accepted.
    """

    pace = Pace()
    lanes = 2
    remembers = 0.0

    @abstractmethod
    def proxy(self) -> FaultProxy:
        """Make a proxy that stands before the server; it is not entered yet."""

    @abstractmethod
    def operation(self, request: Request) -> str:
        """Name a call."""

    @abstractmethod
    def reads(self, request: Request) -> bool:
        """Say whether a call only reads."""

    @abstractmethod
    def victims(self, number: int, kind: str) -> Iterable[Victim]:
        """Make workloads of a kind, and let their credentials be stolen."""

    @abstractmethod
    def settings(self, url: str, folder: Path) -> Mapping[str, Any]:
        """Give providers and stores of a settings file, with the server behind a proxy."""

    @abstractmethod
    def environment(self, folder: Path) -> Mapping[str, str]:
        """Give the variables by which the command line logs in as the responder."""

    def tells(self, name: str) -> bool:
        """Say whether a call is more than a means to prove something: without it nothing is done."""
        return True

    @abstractmethod
    def refusal(self, why: str, request: Request) -> Answer:
        """Word why the server did not do it: ``throttled``, ``unavailable``, ``failed``."""

    @abstractmethod
    def success(self, request: Request) -> Answer:
        """Word that it did it, whether or not it did."""

    @abstractmethod
    def writes(self, request: Request) -> bool:
        """Say whether a request writes a successor to the store."""

    @abstractmethod
    def permissions(self) -> frozenset[Permission]:
        """Give what the actions and the store need; the responder holds just that."""

    @abstractmethod
    def grant(self, permissions: frozenset[Permission]) -> None:
        """Let the responder do this from now on, and nothing else."""

    def since(self) -> datetime:
        """Give the begin of an abuse that happens now."""
        return datetime.now(UTC)

    def close(self) -> None:  # noqa: B027 - not every one holds a connection
        """Let go of the server."""


_CODES: Final = {
    "contained and verified": ExitCode.OK, "rotated and verified": ExitCode.OK,
    "contained, exposure remains": ExitCode.EXPOSED, "rotated, exposure remains": ExitCode.EXPOSED,
    "contained in part": ExitCode.INCOMPLETE, "undone": ExitCode.OK,
    "undone in part": ExitCode.INCOMPLETE,
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """An automation of a playbook, carried out on a victim, and what is so when it is over.

    Attributes:
        provider: which ground.
        victim: which kind of it.
        work: what dies in a crash sweep: the run, the deletion when it is due, the undoing.
        end: :meth:`Victim.world` at the end.
        says: what the command line says of it.
        said: what it says of the run before, where the work is another one.
        effects: how often the server did what, as :meth:`Victim.effects` counts.
        makes: of these, what makes the successor, and has to be repeated if its answer is lost.
        unmakes: of these, what clears up such an orphan.
        stores: of these, what stores it: a successor that was never made is stored in vain.
    """

    provider: str
    victim: str
    end: object
    effects: Mapping[str, int] = field(hash=False)
    order: Order = "contain"
    work: Work = "run"
    says: str = "contained and verified"
    said: str = "contained and verified"
    makes: str | None = None
    unmakes: str | None = None
    stores: str | None = None

    def __str__(self) -> str:
        return f"{self.provider}-{self.victim}-{self.order}-{self.work}"

    def code(self, work: Work) -> int:
        """Give the exit code of the run, or of the work after it."""
        return _CODES[self.says if work == self.work else self.said]

    def expected(self, orphans: int) -> dict[str, int]:
        """Give the effects of a run that left orphans and cleared them up."""
        found = dict(self.effects)
        for name in (self.makes, self.unmakes):
            if orphans and name:
                found[name] = found.get(name, 0) + orphans
        return found
