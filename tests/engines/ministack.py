"""ministack in place of AWS: keys, sessions and policies enforced, in memory.

Each account is a world of its own: whoever signs with a twelve-digit key id is root of that account.
"""

import os
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.engines.found import missing
from tests.engines.process import free_port, listens, started
from tests.engines.runs import Server, once

GET: Final = "get it with: pip install --group engines"


def url(config: pytest.Config) -> str:
    """Address of this run's ministack; starts it if need be."""
    program = _program()
    return once(config, "ministack", lambda folder: start(program, folder)).url


def url_of_worker(config: pytest.Config) -> str:
    """Address of a ministack of this process alone, for tests that keep one busy all the time."""
    program = _program()
    name = f"ministack-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    return once(config, name, lambda folder: start(program, folder)).url


def _program() -> Path:
    program = Path(sys.executable).with_name("ministack")
    if not program.exists():
        missing("ministack", GET)
    return program


def start(program: Path, folder: Path) -> Server:
    """Start it on a free port of the loopback interface."""
    port = free_port()
    environment = {
        "AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port),
        "CLOUDTRAIL_RECORDING": "1",
    }  # fmt: skip
    return Server(
        f"http://127.0.0.1:{port}", started([program], folder, listens(port), environment)
    )
