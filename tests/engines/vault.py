"""Vault's own core, in memory, with a root token and a file audit device named ``file``."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.engines.binaries import binary
from tests.engines.process import free_port, listens, started
from tests.engines.runs import Server, once

ROOT_TOKEN: Final = "root-of-the-tests"  # noqa: S105 - of a server that lives for one test run


@dataclass(frozen=True)
class Vault:
    """A Vault.

    Attributes:
        url: its address.
        audit: its audit log, one JSON object a line.
    """

    url: str
    audit: Path


def url(config: pytest.Config) -> str:
    """Address of this run's Vault; starts it if need be."""
    program = binary("vaultlite")
    return once(config, "vault", lambda folder: start(program, folder)).url


def of_worker(config: pytest.Config) -> Vault:
    """A Vault of this process alone: rekey asks for every live token, and others make some too."""
    program = binary("vaultlite")

    def begin(folder: Path) -> Server:
        server = start(program, folder)
        # A server of the run is known by its address alone, so that its folder stands there too.
        return Server(f"{server.url}#{folder}", server.pid)

    name = f"vault-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    address, _, home = once(config, name, begin).url.partition("#")
    return Vault(address, Path(home) / "audit.ndjson")


def start(program: Path, folder: Path) -> Server:
    """Start it on a free port of the loopback interface."""
    port = free_port()
    command: list[str | Path] = [program, f"127.0.0.1:{port}", ROOT_TOKEN, folder / "audit.ndjson"]
    return Server(f"http://127.0.0.1:{port}", started(command, folder, listens(port)))
