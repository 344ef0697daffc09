"""Runs of the command line as processes that can be killed."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.sweeps.ground import Pace

_ROOT: Final = Path(__file__).parents[2]
_PATIENCE_SECONDS: Final = 240


@dataclass(frozen=True)
class Command:
    """One run of the command line.

    Attributes:
        folder: with ``stdin`` and the pipe ``answers``; ``stdout``, ``stderr``, ``points`` and
            ``programs`` are written.
        dies_at: number of the point before or after a journal entry at which it dies, from 0.
        ahead: seconds by which its clock is ahead.
    """

    folder: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    pace: Pace
    dies_at: int | None
    ahead: float


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: exit code; ``None`` if signal 9 ended it.
        points: the points of its journal that it passed, if it was not killed.
        programs: what it started, argument by argument.
    """

    code: int | None
    said: str
    points: tuple[str, ...] = field(repr=False)
    programs: bytes = field(repr=False)

    @property
    def killed(self) -> bool:
        """Whether signal 9 ended it."""
        return self.code is None


class Child:
    """One run; see :class:`Children`."""

    def __init__(self, children: "Children", command: Command, stdin: str) -> None:
        self._children, self._command, self._folder = children, command, Path(command.folder)
        self._pid, self._born = 0, threading.Event()
        (self._folder / "stdin").write_text(stdin)
        (self._folder / "points").write_text("[]")
        (self._folder / "programs").touch()
        os.mkfifo(self._folder / "answers")

    def pid(self) -> int:
        """Process id, once it has one."""
        assert self._born.wait(10), "no run is on"
        return self._pid

    def run(self) -> Ended:
        """Let it run to its end."""
        # Not to block: whoever should write may have died.
        pipe = os.open(self._folder / "answers", os.O_RDONLY | os.O_NONBLOCK)
        try:
            self._children.tell(json.dumps(asdict(self._command)))
            self._pid, rest = self._answer(pipe, b"")
            self._born.set()
            status, _ = self._answer(pipe, rest)
        finally:
            os.close(pipe)
        said = (self._folder / "stdout").read_text() + (self._folder / "stderr").read_text()
        programs = (self._folder / "programs").read_bytes()
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL, said
            return Ended(None, said, (), programs)
        names = json.loads((self._folder / "points").read_text())
        return Ended(os.WEXITSTATUS(status), said, tuple(names), programs)

    def _answer(self, pipe: int, begun: bytes) -> tuple[int, bytes]:
        end = time.monotonic() + _PATIENCE_SECONDS
        waiting = select.poll()  # select() knows no more than a thousand files
        waiting.register(pipe, select.POLLIN)
        while b"\n" not in begun:
            ready = waiting.poll(max(0.0, end - time.monotonic()) * 1000)
            assert ready, f"no answer about {' '.join(self._command.arguments)}"
            begun += os.read(pipe, 4096)
        line, _, rest = begun.partition(b"\n")
        return int(line), rest


class Children:
    """Starts runs, as many at a time as there are threads that ask; see :mod:`tests.sweeps.forker`.

    Args:
        folder: where the files of the runs lie.
        rooms: modules to be imported once for all of them.
    """

    def __init__(self, folder: Path, *rooms: str) -> None:
        self._folder, self._lock = folder, threading.Lock()
        path = os.pathsep.join([str(_ROOT / "src"), str(_ROOT)])
        self._forker = subprocess.Popen(
            [sys.executable, "-m", "tests.sweeps.forker", *rooms], cwd=_ROOT, text=True,
            stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip

    def child(
        self, arguments: Sequence[str], environment: Mapping[str, str], pace: Pace, *,
        stdin: str = "", dies_at: int | None = None, ahead: float = 0,
    ) -> Child:  # fmt: skip
        """Make a run ready."""
        folder = tempfile.mkdtemp(prefix="run-", dir=self._folder)
        return Child(self, Command(folder, arguments, environment, pace, dies_at, ahead), stdin)

    def tell(self, line: str) -> None:
        """Have a command run."""
        assert self._forker.stdin is not None
        with self._lock:
            self._forker.stdin.write(line + "\n")
            self._forker.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._forker.communicate()
