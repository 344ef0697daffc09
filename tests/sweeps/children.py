"""Runs of the command line as processes that can be killed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Command:
    """One run of the command line.

    Attributes:
        stdin, stdout, stderr, points: files.
        dies_at: number of the point before or after a journal entry at which it dies, from 0.
        ahead: seconds by which its clock is ahead.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    stdin: str
    stdout: str
    stderr: str
    points: str
    dies_at: int | None
    ahead: float


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: exit code; ``None`` if signal 9 ended it.
        points: the points of its journal that it passed, if it was not killed.
    """

    code: int | None
    said: str
    points: tuple[str, ...] = field(repr=False)

    @property
    def killed(self) -> bool:
        """Whether signal 9 ended it."""
        return self.code is None


class Children:
    """Starts runs, one at a time; see :mod:`tests.sweeps.forker`.

    Args:
        folder: where the files of the runs lie.
        rooms: modules to be imported once for all of them.
    """

    def __init__(self, folder: Path, *rooms: str) -> None:
        self._folder, self._pid, self._born = folder, 0, threading.Event()
        path = os.pathsep.join([str(_ROOT / "src"), str(_ROOT)])
        self._forker = subprocess.Popen(
            [sys.executable, "-m", "tests.sweeps.forker", *rooms], cwd=_ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip

    def pid(self) -> int:
        """Process id of the run that is on; for :class:`tests.faults.faults.Kill`."""
        assert self._born.wait(10), "no run is on"
        return self._pid

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, stdin: str = "",
        dies_at: int | None = None, ahead: float = 0,
    ) -> Ended:  # fmt: skip
        """Run the command line to its end."""
        files = {name: self._folder / name for name in ("stdin", "stdout", "stderr", "points")}
        files["stdin"].write_text(stdin)
        files["points"].write_text("[]")
        command = Command(
            arguments, environment, dies_at=dies_at, ahead=ahead,
            **{name: str(file) for name, file in files.items()},
        )  # fmt: skip
        self._born.clear()
        self._tell(json.dumps(asdict(command)))
        self._pid = int(self._answer())
        self._born.set()
        status = int(self._answer())
        said = files["stdout"].read_text() + files["stderr"].read_text()
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL, said
            return Ended(None, said, ())
        return Ended(os.WEXITSTATUS(status), said, tuple(json.loads(files["points"].read_text())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._forker.communicate()

    def _tell(self, line: str) -> None:
        assert self._forker.stdin is not None
        self._forker.stdin.write(line + "\n")
        self._forker.stdin.flush()

    def _answer(self) -> str:
        assert self._forker.stdout is not None
        return self._forker.stdout.readline()
