"""Many incidents on one ground, some of them at a time."""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, TypeVar

from rekey.containment.order import Order
from tests.fakes.people import People
from tests.faults.exchange import Request, Where
from tests.faults.faults import Kill
from tests.sweeps.children import Children, Ended
from tests.sweeps.desk import Desk
from tests.sweeps.ground import Ground, Victim

ALL: Final = os.environ.get("REKEY_SWEEP") == "all"
"""Whether sweeps leave nothing out that leads to the same world as its neighbour."""

T = TypeVar("T")


@dataclass(frozen=True)
class Point:
    """Where a run dies: at a point of its journal, or around a call to the server.

    Attributes:
        call: the first of this name after so many changes; how often a run asks whether an effect
            holds is for the server to say, so that plain numbers would not do.
    """

    name: str
    entry: int | None = None
    call: tuple[str, int] = ("", 0)
    when: Literal["before", "after"] = "before"

    def strikes(self, desk: Desk) -> int | None:
        """Make ready; give the number of the journal's point, if it is one."""
        if self.entry is None:
            desk.proxy.plan(Kill(desk.pid, self.when), at=_reached(desk, *self.call))
        return self.entry


def _reached(desk: Desk, name: str, changes: int) -> Where:
    left = changes

    def where(request: Request) -> bool:
        nonlocal left
        due = left == 0 and _general(desk.ground.operation(request)) == name
        if not desk.ground.reads(request):
            left -= 1
        return due

    return where


def _general(name: str) -> str:
    """Leave out of a name what is different in each incident."""
    return _ONES_OWN.sub("…", name)


_ONES_OWN: Final = re.compile(r"svc-\d+|[0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f-]{27}")


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

        with ThreadPoolExecutor(self.ground.lanes) as lanes:
            done = [lanes.submit(begin, one) for one in items]
        failed = [error for one in done if (error := one.exception())]
        if failed:
            failed[0].add_note(f"{len(failed)} of {len(done)} failed")
            raise failed[0]
        return len(done)


def points(undisturbed: Ended, desk: Desk) -> Sequence[Point]:
    """Give the points of a run that was not disturbed.

    Usually those where the world has just changed in a way that the engine cannot see from its own
    memory: after a call that changed something, and after an intent. The other entries of the
    journal are swept on a server of our own (``tests/containment/test_crash_sweep.py``); to die
    between two reads, or before a call, leaves the world of the point before.
    """
    calls, changes = dict[tuple[str, int], bool](), 0
    for one in desk.proxy.seen:
        calls.setdefault((_general(one.name), changes), one.reads)
        changes += not one.reads
    return [
        *(Point(name, entry=at) for at, name in enumerate(undisturbed.points)
          if ALL or name in _TELLING),
        *(Point(f"{when} {call[0]}, change {call[1]}", call=call, when=when)
          for call, reads in calls.items() if ALL or not reads
          for when in _SIDES if ALL or when == "after"),
    ]  # fmt: skip


_SIDES: Final[tuple[Literal["before", "after"], ...]] = ("before", "after")
_TELLING: Final = frozenset({"after entry intent", "after entry undo_intent"})
