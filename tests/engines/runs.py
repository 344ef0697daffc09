"""What one test run shares: what the first who needs it makes or starts, and the end of all servers.

Under xdist every worker is a process of its own. The folder of the run is made by the process that
the user started, which outlives the workers, and it ends whatever is a server there.
"""

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pytest

_INPUT: Final = "rekey_engines"
_MADE: Final = "made.json"
_FOLDER: Final = pytest.StashKey[Path]()


@dataclass(frozen=True)
class Server:
    """A started server."""

    url: str
    pid: int


def begin(config: pytest.Config) -> None:
    """Make the folder of the run, or take it over from the process that made it."""
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is None:
        config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix="rekey-engines-"))
    else:
        config.stash[_FOLDER] = Path(given[_INPUT])


def hand_over(config: pytest.Config, workerinput: dict[str, Any]) -> None:
    """Tell a worker the folder of the run."""
    workerinput[_INPUT] = str(config.stash[_FOLDER])


def end(config: pytest.Config) -> None:
    """End every server of the run and remove its folder, in the process that made it."""
    if hasattr(config, "workerinput") or _FOLDER not in config.stash:
        return
    folder = config.stash[_FOLDER]
    for file in folder.glob(f"*/{_MADE}"):
        pid = json.loads(file.read_bytes()).get("pid")
        # Its data goes with the folder, so there is nothing that it should write before it ends.
        with suppress(ProcessLookupError):  # one that died was missed by its tests already
            if pid:
                os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def once(config: pytest.Config, name: str, start: Callable[[Path], Server]) -> Server:
    """Give the server of this run, started by whoever needs it first.

    Args:
        config: the run.
        name: the server's name.
        start: starts it in an empty folder.
    """
    return Server(**made_once(config, name, lambda folder: asdict(start(folder))))


def made_once(
    config: pytest.Config, name: str, make: Callable[[Path], dict[str, Any]]
) -> dict[str, Any]:
    """Give what this run has made, or have it made.

    Args:
        config: the run.
        name: its name.
        make: makes it in an empty folder, and says in JSON what there is to know of it.
    """
    folder = config.stash[_FOLDER] / name
    file = folder / _MADE
    with (config.stash[_FOLDER] / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            folder.mkdir(exist_ok=True)
            made = make(folder)
            file.write_text(json.dumps(made))
        told: dict[str, Any] = json.loads(file.read_bytes())
        return told
