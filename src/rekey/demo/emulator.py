"""ministack in place of AWS: keys, sessions and policies enforced, all in memory.

Each account is a world of its own: whoever signs with a twelve-digit key id is root of that account.
https://github.com/ministackorg/ministack
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rekey.errors import ExitCode, RekeyError

HOST: Final = "127.0.0.1"
_SERVICES: Final = "iam,sts,s3,secretsmanager,cloudtrail,eks"
_INHERITED: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "VIRTUAL_ENV")
"""Nothing else of our environment reaches it: no credentials, no settings of another emulator."""

_START_SECONDS: Final = 60
_END_SECONDS: Final = 5


class EmulatorError(RekeyError):
    """The emulator did not start."""

    exit_code = ExitCode.SYSTEM


def name() -> str:
    """Give name and version, for people."""
    return f"ministack {version('ministack')}"


@contextmanager
def emulator(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run the emulator on a free port of the loopback interface; give its address.

    Args:
        folder: an empty one, for what it says and writes.
        environment: ours; little of it is handed on.

    Raises:
        EmulatorError: it did not start; with the end of what it said.
    """
    port, said = _free_port(), folder / "emulator.txt"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rekey.demo.keeper"],
            cwd=folder, env=_environment(folder, port, environment), stdin=subprocess.PIPE,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _await(process, port, said)
        yield f"http://{HOST}:{port}"
    finally:
        _end(process)


def _environment(folder: Path, port: int, ours: Mapping[str, str]) -> dict[str, str]:
    return {name: ours[name] for name in _INHERITED if name in ours} | {
        "AUTH": "true", "BIND_HOST": HOST, "GATEWAY_PORT": str(port), "SERVICES": _SERVICES,
        "CLOUDTRAIL_RECORDING": "1", "HOME": str(folder), "TMPDIR": str(folder),
        # It would look for containers of its own; ours are none of its business.
        "DOCKER_HOST": f"unix://{folder}/none",
    }  # fmt: skip


def _await(process: "subprocess.Popen[bytes]", port: int, said: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise EmulatorError(f"the emulator did not start: {said.read_text('utf-8', 'replace')[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it by its own process id; what it holds is in memory, so that nothing is lost."""
    process.kill()
    if process.stdin:
        process.stdin.close()
    process.wait(_END_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
