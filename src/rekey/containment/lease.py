"""One run at a time for each identity: a lease in the journal, with its entry number as fence.

A lease ends when it is released, when its time is over, or when the process that took it on this
machine is gone. Whoever lost it cannot write the next intent, because each append looks again
within the same transaction.
"""

import os
import socket
import uuid
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from rekey.containment.clock import Clock
from rekey.containment.guards import GuardRefused
from rekey.journal.interface import Draft, Entry, Journal


class Leases:
    """The leases of one process."""

    def __init__(self, journal: Journal, clock: Clock, length: timedelta, run: str) -> None:
        self._journal, self._clock, self._length, self._run = journal, clock, length, run
        self._holder = str(uuid.uuid4())

    def take(self, subjects: Iterable[str]) -> None:
        """Take or renew leases, in one order everywhere, so that two runs cannot wait in a ring.

        Raises:
            GuardRefused: somebody else holds one.
        """
        for subject in sorted(set(subjects)):
            payload = {
                "holder": self._holder, "host": socket.gethostname(), "pid": os.getpid(),
                "until": (self._clock.now() + self._length).isoformat(),
            }  # fmt: skip
            draft = Draft("lease", payload, run=self._run, subject=subject)
            self._journal.append(draft, partial(self._free, subject))

    def release(self, subjects: Iterable[str]) -> None:
        """Give back those leases that are still ours."""
        for subject in sorted(set(subjects)):
            last = self._last(subject)
            if last is not None and last.payload.get("holder") == self._holder:
                draft = Draft("lease_released", {"holder": self._holder}, self._run, None, subject)
                self._journal.append(draft)

    def held(self, subject: str) -> None:
        """Check within an append that the lease is still ours.

        Raises:
            GuardRefused: it is not.
        """
        last = self._last(subject)
        if last is None or last.payload.get("holder") != self._holder:
            raise GuardRefused("lease", f"{subject} was taken over by another process")
        if self._clock.now().isoformat() >= str(last.payload["until"]):
            raise GuardRefused("lease", f"the lease on {subject} ran out")

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
