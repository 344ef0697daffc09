"""From ``run`` to contained and verified, taken apart: waiting, the provider's calls, our own work."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.contain.wire import recorded
from rekey.containment.clock import SystemClock
from tests.providers.incident import Incident


class Waiting(SystemClock):
    """The real time, which counts what is waited."""

    seconds = 0.0

    def sleep(self, length: timedelta) -> None:
        """Wait, and count."""
        started = time.perf_counter()
        super().sleep(length)
        self.seconds += time.perf_counter() - started


@dataclass(frozen=True)
class Taken:
    """Seconds of one run.

    Attributes:
        waited: for propagation, between rounds of checks.
        answered: between a request's last and its answer's first byte, summed up.
        own: the rest: journal, signatures, signing and reading of requests.
        bare: the same requests, made one after another without rekey.
    """

    outcome: str
    steps: int
    requests: int
    plan: float
    total: float
    waited: float
    answered: float
    bare: float

    @property
    def own(self) -> float:
        """All that is neither waiting nor the server."""
        return self.total - self.waited - self.answered


def taken(make: Callable[[], Incident]) -> Taken:
    """Contain once."""
    incident, clock = make(), Waiting()
    incident.clock = clock
    started = time.perf_counter()
    plan = incident.plan()
    planned = time.perf_counter() - started
    with recorded() as wire:
        started = time.perf_counter()
        done = incident.run(plan)
        total = time.perf_counter() - started
    return Taken(
        done.outcome, len(plan.steps), len(wire.requests), planned, total, clock.seconds,
        wire.seconds, wire.again(),
    )  # fmt: skip
