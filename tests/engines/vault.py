"""Vault's own core, in memory, with a root token and a file audit device named ``file``."""

from pathlib import Path
from typing import Final

import pytest

from tests.engines.binaries import binary
from tests.engines.process import free_port, listens, started
from tests.engines.runs import Server, once

ROOT_TOKEN: Final = "root-of-the-tests"  # noqa: S105 - of a server that lives for one test run


def url(config: pytest.Config) -> str:
    """Address of this run's Vault; starts it if need be."""
    program = binary("vaultlite")
    return once(config, "vault", lambda folder: start(program, folder)).url


def start(program: Path, folder: Path) -> Server:
    """Start it on a free port of the loopback interface."""
    port = free_port()
    command: list[str | Path] = [program, f"127.0.0.1:{port}", ROOT_TOKEN, folder / "audit.ndjson"]
    return Server(f"http://127.0.0.1:{port}", started(command, folder, listens(port)))
