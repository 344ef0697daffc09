"""Runs the command line in children forked from a process that has imported everything already.

A fresh interpreter takes a second to start, and a sweep starts hundreds. This process has no
threads, holds no connection and no secret; each child is the command line as it stands, but for
three things: the engine waits no longer than it is told, since the server's effects hold at once;
the child can die at a point of its journal; and it writes down which programs it starts.

It reads one :class:`tests.sweeps.children.Command` as JSON a line. Beside each child stands another
process, which answers in the command's pipe: the process id of the child, and then its status as
``waitpid`` gives it.
"""

import importlib
import json
import os
import signal
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

_ROOMS: Final = ("rekey.cli.contain.opening", "rekey.containment.run", "rekey.containment.report")


def forever(rooms: list[str]) -> None:
    """Serve until standard input ends."""
    for name in (*_ROOMS, *rooms):
        room = importlib.import_module(name)
        getattr(room, "warm", lambda: None)()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    for line in sys.stdin:
        command = json.loads(line)
        if os.fork() == 0:
            waits_for_a_child(command)


def waits_for_a_child(command: dict[str, Any]) -> NoReturn:
    """Have a child, and say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        child(command)
    pipe = os.open(Path(command["folder"]) / "answers", os.O_WRONLY)
    os.write(pipe, b"%d\n" % pid)
    os.write(pipe, b"%d\n" % os.waitpid(pid, 0)[1])
    os._exit(0)


def child(command: dict[str, Any]) -> NoReturn:
    """Be the command line, and die as it is told."""
    code, folder = 1, Path(command["folder"])
    try:
        _reopen(folder)
        _write_programs_down(folder / "programs")
        os.environ.update(command["environment"])
        _hasten(command["pace"])
        _later(timedelta(seconds=command["ahead"]))
        killer = Killer(command["dies_at"])
        _deadly(killer)
        try:
            main(command["arguments"])
        except SystemExit as ended:
            code = int(ended.code or 0)
        (folder / "points").write_text(json.dumps(killer.names))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _reopen(folder: Path) -> None:
    for number, name, mode in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        file = os.open(folder / name, mode, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = os.fdopen(0, closefd=False)


def _write_programs_down(file: Path) -> None:
    """Note every argument of every program that is started: they stand in /proc for all to read."""
    noted = os.open(file, os.O_WRONLY | os.O_APPEND)

    def hears(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            os.write(noted, b"\0".join(map(os.fsencode, arguments[1])) + b"\n")

    sys.addaudithook(hears)


class _Rounds:
    """A clock by which patience is a number of rounds: a machine under load is slow, not wrong."""

    def __init__(self, clock: Clock, least: timedelta) -> None:
        self._clock, self._least, self._now = clock, least, clock.now()

    def now(self) -> datetime:
        return self._now

    def sleep(self, length: timedelta) -> None:
        self._clock.sleep(length)
        self._now += max(length, self._least)


def _hasten(pace: dict[str, float]) -> None:
    """Shorten what the engine waits; what it counts and in which order stays."""
    real, sleep = Watch.__init__, SystemClock.sleep
    longest = {name: timedelta(seconds=seconds) for name, seconds in pace.items()}

    def watch(
        self: Watch, propagation: Any, clock: Any, endpoints: Any = (), *, final: bool = False
    ) -> None:
        shorter = {
            name: min(getattr(propagation, name), longest[name])
            for name in ("bound", "patience", "interval")
        }
        rounds = _Rounds(clock, longest["round"])
        real(self, replace(propagation, **shorter), rounds, endpoints, final=final)

    def shortened(self: SystemClock, length: timedelta) -> None:
        sleep(self, min(length, max(longest[name] for name in ("bound", "interval", "other"))))

    Watch.__init__, SystemClock.sleep = watch, shortened  # type: ignore[method-assign]


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
