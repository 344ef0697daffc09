"""ministack in place of AWS: keys, sessions and policies enforced, in memory.

Each account is a world of its own: whoever signs with a twelve-digit key id is root of that account.
Its trail, which names no call and no caller of IAM, is told anew by :mod:`rekey.demo.trail`.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.engines.found import missing
from tests.engines.process import free_port, listens, started
from tests.engines.runs import Server, once

GET: Final = "get it with: pip install --group engines"


def url(config: pytest.Config) -> str:
    """Address of this run's ministack; starts it if need be."""
    _program()
    return once(config, "ministack", start).url


def url_of_worker(config: pytest.Config) -> str:
    """Address of a ministack of this process alone, for tests that keep one busy all the time."""
    _program()
    name = f"ministack-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    return once(config, name, start).url


def bare(config: pytest.Config) -> str:
    """Address of one with the trail that it comes with."""
    program = _program()
    return once(config, "ministack-bare", lambda folder: start(folder, [program])).url


def _program() -> Path:
    program = Path(sys.executable).with_name("ministack")
    if not program.exists():
        missing("ministack", GET)
    return program


_WITH_TRAIL: Final = (sys.executable, "-c", "from rekey.demo.keeper import serve; serve()")


def start(folder: Path, command: Sequence[str | Path] = _WITH_TRAIL) -> Server:
    """Start it on a free port of the loopback interface."""
    port = free_port()
    environment = {
        "AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port),
        "CLOUDTRAIL_RECORDING": "1",
    }  # fmt: skip
    return Server(f"http://127.0.0.1:{port}", started(command, folder, listens(port), environment))
