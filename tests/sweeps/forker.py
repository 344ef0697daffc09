"""Runs the command line in children forked from a process that has imported everything already.

A fresh interpreter takes a second to start, and a sweep starts hundreds. This process has no
threads, holds no connection and no secret; each child is the command line as it stands, but for two
things: time that the engine waits is shortened, since the server's effects hold at once, and the
child can die at a point of its journal.

It reads one :class:`tests.sweeps.children.Command` as JSON a line, and answers each with the process
id of the child, and then with its status as ``waitpid`` gives it.
"""

import importlib
import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

from rekey.cli.main import main
from rekey.containment.clock import Clock, SystemClock
from rekey.containment.proof import Watch
from rekey.journal.interface import Condition, Draft, Entry
from rekey.journal.sqlite import SqliteJournal
from tests.fakes.killer import Killer

FRACTION: Final = 0.0005
"""Of a propagation bound, of patience and of intervals."""

LONGEST: Final = timedelta(milliseconds=50)
"""Longest wait for anything else: another attempt, a limit."""

_ROOMS: Final = ("rekey.cli.contain.opening", "rekey.containment.run", "rekey.containment.report")


def forever(rooms: list[str]) -> None:
    """Serve until standard input ends."""
    for name in (*_ROOMS, *rooms):
        room = importlib.import_module(name)
        getattr(room, "warm", lambda: None)()
    hasten()
    for line in sys.stdin:
        command = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(command)
        print(pid, flush=True)  # noqa: T201 - the answer
        print(os.waitpid(pid, 0)[1], flush=True)  # noqa: T201


def hasten() -> None:
    """Shorten what the engine waits; what it counts and in which order stays."""
    real, sleep = Watch.__init__, SystemClock.sleep

    def watch(self: Watch, propagation: Any, clock: Any, endpoints: Any = ()) -> None:
        shorter = {
            name: getattr(propagation, name) * FRACTION
            for name in ("bound", "patience", "interval")
        }
        real(self, replace(propagation, **shorter), WaitingClock(clock), endpoints)

    def shortened(self: SystemClock, length: timedelta) -> None:
        sleep(self, min(length, LONGEST))

    Watch.__init__, SystemClock.sleep = watch, shortened  # type: ignore[method-assign]


class WaitingClock:
    """A clock that waiting alone moves, so that patience is a number of rounds.

    On a busy machine three rounds of requests may take longer than the shortened patience.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock, self._now = clock, clock.now()

    def now(self) -> datetime:
        """Give the time."""
        return self._now

    def sleep(self, length: timedelta) -> None:
        """Wait."""
        self._clock.sleep(length)
        self._now += length


def child(command: dict[str, Any]) -> NoReturn:
    """Be the command line, and die as it is told."""
    code = 1
    try:
        _reopen(command)
        os.environ.update(command["environment"])
        _later(timedelta(seconds=command["ahead"]))
        killer = Killer(command["dies_at"])
        _deadly(killer)
        try:
            main(command["arguments"])
        except SystemExit as ended:
            code = int(ended.code or 0)
        Path(command["points"]).write_text(json.dumps(killer.names))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _reopen(command: dict[str, Any]) -> None:
    for number, name, mode in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        file = os.open(command[name], mode, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = os.fdopen(0, closefd=False)


def _later(length: timedelta) -> None:
    real = SystemClock.now

    def now(self: SystemClock) -> datetime:
        return real(self) + length

    SystemClock.now = now  # type: ignore[method-assign]


def _deadly(killer: Killer) -> None:
    real = SqliteJournal.append

    def append(self: SqliteJournal, draft: Draft, condition: Condition | None = None) -> Entry:
        killer.point(f"before entry {draft.kind}")
        entry = real(self, draft, condition)
        killer.point(f"after entry {draft.kind}")
        return entry

    SqliteJournal.append = append  # type: ignore[method-assign]


if __name__ == "__main__":
    forever(sys.argv[1:])
