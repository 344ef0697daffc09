"""Starting a server as a process that outlives its starter and is ended by its id."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

_START_SECONDS: Final = 60


def free_port() -> int:
    """Give a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(
    command: Sequence[str | Path], folder: Path, ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None, name: str = "said",
) -> int:  # fmt: skip
    """Start a server, wait until it is ready, and give its process id.

    Args:
        command: what to run; it must stay in the foreground.
        folder: where what it says goes, and where it runs.
        ready: asked until it answers yes.
        environment: added to ours.
        name: of the file with what it says.

    Raises:
        RuntimeError: it did not become ready; with the end of what it said.
    """
    said = folder / f"{name}.txt"
    # The shell ends at once, so that the server is nobody's child here and leaves no zombie.
    done = subprocess.run(
        ["sh", "-c", 'out=$1; shift; "$@" >"$out" 2>&1 </dev/null & echo $!', "sh", said, *command],
        cwd=folder, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, check=True,
        start_new_session=True,
    )  # fmt: skip
    pid = int(done.stdout)
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if ready():
            return pid
        if not _lives(pid):
            break
        time.sleep(0.1)
    raise RuntimeError(f"{command[0]} did not start:\n{said.read_text()[-4000:]}")


def listens(port: int) -> Callable[[], bool]:
    """Give a question: does something listen there?"""

    def ask() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ask


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
