"""Many incidents on one ground, some of them at a time."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, TypeVar

import pytest

from rekey.containment.order import Order
from tests.fakes.people import People
from tests.faults.exchange import Request, Where
from tests.faults.faults import Kill
from tests.rounds import ALL
from tests.sweeps.children import Children, Ended
from tests.sweeps.desk import Desk
from tests.sweeps.ground import Ground, Scene, Victim

in_full_sweeps: Final = pytest.mark.skipif(
    not ALL, reason="takes minutes: done by make sweep, not by make test"
)

T = TypeVar("T")


def cases(pairs: Sequence[tuple[Scene, T]]) -> list[Any]:
    """Give the cases of a sweep as parameters, each a scene and how it is disturbed.

    A cluster believes for seconds what it has believed once, so that whoever asks it waits more than
    he works: its cases are one parameter, to be done side by side. A full sweep has too many for that.
    """
    waiting = [pair for pair in pairs if pair[0].provider == "kubernetes" and not ALL]
    alone = [
        pytest.param([pair], id=f"{pair[0]}-{pair[1]}") for pair in pairs if pair not in waiting
    ]
    return [*([pytest.param(waiting, id="kubernetes")] if waiting else []), *alone]


@dataclass(frozen=True)
class Spot:
    """A call of a run: the first of its name after so many changes.

    Numbers would not do: how often a run asks whether an effect holds is for the server to say.
    """

    name: str
    changes: int
    reads: bool

    def __str__(self) -> str:
        return f"{self.name}, change {self.changes}"

    def where(self, ground: Ground) -> Where:
        """Pick this call, and each that repeats it, out of another run."""
        left = self.changes

        def picks(request: Request) -> bool:
            nonlocal left
            found = left == 0 and _general(ground.operation(request)) == self.name
            left -= not ground.reads(request)
            return found

        return picks


def spots(desk: Desk) -> Sequence[Spot]:
    """Give the calls of the run that was just seen."""
    found, changes = dict[Spot, None](), 0
    for one in desk.proxy.seen:
        found[Spot(_general(one.name), changes, one.reads)] = None
        changes += not one.reads
    return list(found)


def named(ground: Ground, name: str) -> Where:
    """Pick all calls of a name."""
    return lambda request: _general(ground.operation(request)) == name


def _general(name: str) -> str:
    """Leave out of a name what is different in each incident."""
    return _ONES_OWN.sub("…", name)


_ONES_OWN: Final = re.compile(r"svc-\d+|[0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Point:
    """Where a run dies: at a point of its journal, or around a call to the server."""

    entry: int | None = None
    name: str = ""
    spot: Spot | None = None
    when: Literal["before", "after"] = "after"

    def __str__(self) -> str:
        return self.name if self.spot is None else f"{self.when} {self.spot}"

    def strikes(self, desk: Desk) -> int | None:
        """Make ready; give the number of the journal's point, if it is one."""
        if self.spot is not None:
            desk.proxy.plan(Kill(desk.pid, self.when), at=self.spot.where(desk.ground))
        return self.entry


def points(undisturbed: Ended, desk: Desk) -> Sequence[Point]:
    """Give the points of a run that was not disturbed.

    Usually those where the world has just changed in a way that the engine cannot know from its own
    memory: after a call that changed something, and after an intent. The other entries of the
    journal are swept on a fake as well (``tests/containment/test_crash_sweep.py``). With
    ``REKEY_SWEEP=all``: after every entry and every call, and before every change. To die before a
    call that only reads, or before an entry, leaves the world of the point before.
    """
    entries = [
        Point(at, name) for at, name in enumerate(undisturbed.points)
        if (name.startswith("after") if ALL else name in _TELLING)
    ]  # fmt: skip
    calls = [Point(spot=one) for one in spots(desk) if ALL or not one.reads]
    early = [Point(spot=one, when="before") for one in spots(desk) if ALL and not one.reads]
    return [*entries, *calls, *early]


_TELLING: Final = frozenset({"after entry intent", "after entry undo_intent"})


@dataclass(frozen=True)
class Bench:
    """One ground, and who works there."""

    ground: Ground
    children: Children
    people: People
    folder: Path

    def desk(self, victim: Victim, order: Order = "contain", **given: Any) -> Desk:
        """Open an incident; enter it."""
        folder = self.folder / victim.name
        return Desk(self.ground, self.children, self.people, folder, victim, order, **given)

    def incident(self, kind: str, order: Order = "contain", **given: Any) -> Desk:
        """Open an incident of a victim of its own; enter it."""
        (victim,) = self.ground.victims(1, kind)
        return self.desk(victim, order, **given)

    def each(self, work: Callable[[T, Victim], None], items: Sequence[T], kind: str) -> int:
        """Do a piece of work for each with a victim of its own, some at a time; give their number.

        Raises:
            AssertionError: the first that was raised, with the number of all that failed.
        """
        victims, one_by_one = iter(self.ground.victims(len(items), kind)), Lock()

        def begin(item: T) -> None:
            with one_by_one:
                victim = next(victims)
            work(item, victim)
            victim.leaves()

        return side_by_side(begin, items, self.ground.lanes)


def side_by_side(work: Callable[[T], None], items: Sequence[T], lanes: int) -> int:
    """Do a piece of work for each, some at a time; give their number.

    Raises:
        AssertionError: the first that was raised, with the number of all that failed.
    """
    with ThreadPoolExecutor(lanes) as pool:
        done = [pool.submit(work, one) for one in items]
    failed = [(item, error) for item, one in zip(items, done, strict=True)
              if (error := one.exception())]  # fmt: skip
    if failed:
        item, error = failed[0]
        error.add_note(f"{len(failed)} of {len(done)} failed, the first of them at {item}")
        raise error
    return len(done)
