"""Servers, people and children of a worker's sweeps."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import ministack
from tests.fakes.people import People
from tests.faults.proxy import FaultProxy
from tests.sweeps.aws_bench import Bench
from tests.sweeps.aws_desk import operation, reads
from tests.sweeps.aws_ground import Ground
from tests.sweeps.children import Children


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Ada asks; Bob and Cem approve."""
    return People(tmp_path_factory.mktemp("people"), "ada", "bob", "cem")


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: each entry of a journal waits for its disk."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    if not shared.is_dir():
        yield tmp_path_factory.mktemp("sweeps")
        return
    with tempfile.TemporaryDirectory(prefix="rekey-", dir=shared) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def children(memory: Path) -> Iterator[Children]:
    """Runs the command line as child processes."""
    with Children(memory, "rekey.providers.aws", "tests.sweeps.aws_warm") as found:
        yield found


@pytest.fixture
def ground(request: pytest.FixtureRequest) -> Ground:
    """An account of its own."""
    return Ground(ministack.url_of_worker(request.config))


@pytest.fixture
def aws_proxy(ground: Ground) -> Iterator[FaultProxy]:
    """Stands before the account."""
    with FaultProxy(ground.url, name=operation, reads=reads) as found:
        yield found


@pytest.fixture
def bench(
    ground: Ground, aws_proxy: FaultProxy, children: Children, people: People, memory: Path
) -> Iterator[Bench]:
    """An account with incidents."""
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Bench(ground, aws_proxy, children, people, Path(folder))
