"""Many incidents on one account, one after the other."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, Literal

from rekey.containment.order import Order
from tests.fakes.people import People
from tests.faults.proxy import FaultProxy
from tests.sweeps.aws_desk import Desk
from tests.sweeps.aws_ground import Ground, Victim
from tests.sweeps.children import Children, Ended

ALL: Final = os.environ.get("REKEY_SWEEP") == "all"
"""Whether sweeps leave nothing out that leads to the same world as its neighbour."""


@dataclass(frozen=True)
class Point:
    """Where a run dies: at a point of its journal, or around a call to the server."""

    name: str
    entry: int | None = None
    request: int = 0
    when: Literal["before", "after"] = "before"


@dataclass
class Bench:
    """One account, one proxy before it, and who works there."""

    ground: Ground
    proxy: FaultProxy
    children: Children
    people: People
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def victims(self, number: int, *, with_role: bool = False) -> list[Victim]:
        """Make services, and let their incidents begin in a later second than they were made.

        IAM dates things in whole seconds, and a survey reports what is as new as the abuse.
        """
        made = [
            self.ground.victim(f"svc-{next(self._numbers)}", with_role=with_role)
            for _ in range(number)
        ]
        time.sleep(1.01)
        return made

    def desk(
        self, victim: Victim, order: Order = "contain", *, limits: dict[str, object] | None = None
    ) -> Desk:  # fmt: skip
        """Open an incident, with no fault planned and nothing seen."""
        desk = Desk(self.ground, self.proxy, self.children, self.people,
                    self.folder / victim.name, victim, order, limits or {})  # fmt: skip
        self.proxy.reset()
        return desk

    def incident(self, order: Order = "contain", *, with_role: bool = False) -> Desk:
        """Open an incident of a service of its own, which follows the store."""
        (victim,) = self.victims(1, with_role=with_role)
        desk = self.desk(victim, order)
        desk.workload_follows_the_store()
        return desk


def points(undisturbed: Ended, desk: Desk) -> list[Point]:
    """Give the points of a run that was not disturbed.

    A point is where the world has just changed: after an entry of the journal, before and after a
    call that changes something. Dying between two reads leaves the world that is there already.
    """
    changes = {one.number for one in desk.changes()}
    return [
        *(Point(name, entry=at) for at, name in enumerate(undisturbed.points)
          if ALL or name.startswith("after")),
        *(Point(f"{when} call {one.number}, {one.name}", request=one.number, when=when)
          for one in desk.proxy.seen if ALL or one.number in changes
          for when in _SIDES),
    ]  # fmt: skip


_SIDES: Final[tuple[Literal["before", "after"], ...]] = ("before", "after")
