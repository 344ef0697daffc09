"""What holds for every test: nothing talks to the network, and random tests repeat themselves."""

import gc
import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

from tests.scratch import move_to_memory

move_to_memory()
pytest_plugins = ["tests.engines.plugin"]

# The same examples every time, so that a red build means a change and not bad luck. To look for
# new ones: HYPOTHESIS_PROFILE=explore.
settings.register_profile("repeat", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))

# As the command line does.
gc.set_threshold(200_000, 30, 30)

_FOR_A_WORKER = 2 << 30
"""Bytes of memory for a worker and its share of the servers."""


def pytest_xdist_auto_num_workers() -> int:
    """Give each core two workers, if memory allows: much of the suite waits for servers."""
    cores = os.cpu_count() or 1
    room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _FOR_A_WORKER
    return max(cores, min(2 * cores, room))


def _is_here(address: object) -> bool:
    """Say whether an address of ``connect`` stays on this machine."""
    if not isinstance(address, tuple):
        return True  # a Unix socket
    try:
        return bool(ip_address(address[0]).is_loopback)
    except ValueError:
        return bool(address[0] == "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    for method in ("connect", "connect_ex"):
        real = getattr(socket.socket, method)

        def guarded(self: socket.socket, address: Any, real: Any = real) -> Any:
            if not _is_here(address):
                raise RuntimeError(f"a test tried to reach {address}")
            return real(self, address)

        monkeypatch.setattr(socket.socket, method, guarded)
    yield


@pytest.fixture(scope="module")
def small_files_are_scanned() -> Iterator[None]:
    """Hand small files on as they are, however many there are; they would be copied into one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rekey.sources.files._WORTH_A_SCAN", 0)
        yield
