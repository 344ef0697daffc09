"""One run at a time for each identity: a lease in the journal, with its entry number as fence.

A lease ends when it is released, when its time is over, or when the process that took it on this
machine is gone. Whoever lost it cannot write the next intent, because each append looks again
within the same transaction.
"""

import os
import socket
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from rekey.containment.clock import Clock
from rekey.containment.guards import GuardRefused
from rekey.journal.interface import Draft, Entry, Journal


class LeaseLost(GuardRefused):
    """Another process took over: nothing more is done, and nothing more is said of the run."""


class Leases:
    """The leases of one process."""

    def __init__(self, journal: Journal, clock: Clock, length: timedelta, run: str) -> None:
        self._journal, self._clock, self._length, self._run = journal, clock, length, run
        self._holder = str(uuid.uuid4())
        self._taken: frozenset[str] = frozenset()
        self._renewed = clock.now()

    def take(self, subjects: Iterable[str]) -> None:
        """Take leases, in one order everywhere, so that two runs cannot wait in a ring.

        Raises:
            GuardRefused: somebody else holds one.
        """
        for subject in sorted(set(subjects)):
            self._write(subject, self._free)
            self._taken |= {subject}
        self._renewed = self._clock.now()

    def renew(self) -> None:
        """Renew all leases once a third of their time is over.

        Raises:
            LeaseLost: one was taken over.
        """
        if self._clock.now() - self._renewed < self._length / 3:
            return
        for subject in sorted(self._taken):
            self._write(subject, self._ours)
        self._renewed = self._clock.now()

    def release(self) -> None:
        """Give back those leases that are still ours."""
        for subject in sorted(self._taken):
            last = self._last(subject)
            if last is not None and last.payload.get("holder") == self._holder:
                draft = Draft("lease_released", {"holder": self._holder}, self._run, None, subject)
                self._journal.append(draft)

    def held(self, subject: str) -> None:
        """Check within an append that the lease is still ours.

        One whose time is over is ours until somebody takes it.

        Raises:
            LeaseLost: it is not.
        """
        self._ours(subject, self._journal)

    def _write(self, subject: str, condition: Callable[[str, Journal], None]) -> None:
        payload = {
            "holder": self._holder, "host": socket.gethostname(), "pid": os.getpid(),
            "until": (self._clock.now() + self._length).isoformat(),
        }  # fmt: skip
        draft = Draft("lease", payload, run=self._run, subject=subject)
        self._journal.append(draft, partial(condition, subject))

    def _ours(self, subject: str, _: Journal) -> None:
        last = self._last(subject)
        if last is None or last.payload.get("holder") != self._holder:
            raise LeaseLost(
                "lease",
                f"another process works on {subject} now",
                hint=f"`rekey contain status {self._run}` says how far it is.",
            )

    def _free(self, subject: str, _: Journal) -> None:
        last = self._last(subject)
        if last is None or last.kind == "lease_released":
            return
        payload = last.payload
        over = self._clock.now().isoformat() >= str(payload["until"])
        if payload["holder"] != self._holder and not over and not _is_gone(payload):
            raise GuardRefused(
                "lease",
                f"run {last.run} is working on {subject}, in process {payload['pid']} on "
                f"{payload['host']}, until {payload['until']}",
                hint="Wait for it, or end that process.",
            )

    def _last(self, subject: str) -> Entry | None:
        found = None
        for entry in self._journal.entries(subject=subject):
            if entry.kind in ("lease", "lease_released"):
                found = entry
        return found


class LeasedClock:
    """A clock by which a run can wait for longer than its leases last: they are renewed meanwhile."""

    def __init__(self, clock: Clock, leases: Leases, length: timedelta) -> None:
        self._clock, self._leases, self._slice = clock, leases, length / 3

    def now(self) -> datetime:
        """Give the time in UTC."""
        return self._clock.now()

    def sleep(self, length: timedelta) -> None:
        """Wait.

        Raises:
            LeaseLost: another process took over.
        """
        while length > self._slice:
            self._clock.sleep(self._slice)
            self._leases.renew()
            length -= self._slice
        self._clock.sleep(length)
        self._leases.renew()


def _is_gone(payload: Any) -> bool:
    """Say whether the process that took a lease on this machine has ended."""
    if payload.get("host") != socket.gethostname() or payload.get("pid") == os.getpid():
        return False
    try:
        os.kill(int(payload["pid"]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
