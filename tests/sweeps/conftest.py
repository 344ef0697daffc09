"""Servers, people and children of a worker's sweeps."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engines import kubernetes, ministack, vault
from tests.fakes.people import People
from tests.sweeps.aws.ground import AwsGround
from tests.sweeps.aws.organization import OrganizationGround
from tests.sweeps.bench import Bench
from tests.sweeps.children import Children
from tests.sweeps.ground import Ground
from tests.sweeps.kubernetes.ground import KubernetesGround
from tests.sweeps.vault.ground import VaultGround

_ROOMS = (
    "rekey.providers.aws", "rekey.providers.kubernetes", "rekey.providers.vault",
    "tests.sweeps.aws.warm",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the sweeps: what takes long must not stand alone at the end."""
    here = Path(__file__).parent
    items.sort(key=lambda one: here not in one.path.parents)


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Ada asks; Bob and Cem approve."""
    return People(tmp_path_factory.mktemp("people"), "ada", "bob", "cem")


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    """Runs the command line as child processes."""
    with (
        tempfile.TemporaryDirectory(prefix="rekey-") as folder,
        Children(Path(folder), *_ROOMS) as found,
    ):
        yield found


@pytest.fixture
def open_ground(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], Ground]]:
    """Gives the ground of a provider, on a server of this worker alone."""
    grounds: dict[str, Callable[[], Ground]] = {
        "aws": lambda: AwsGround(ministack.url_of_worker(request.config)),
        "organization": lambda: OrganizationGround(ministack.url_of_worker(request.config)),
        "kubernetes": lambda: KubernetesGround(kubernetes.of_worker(request.config), tmp_path),
        "vault": lambda: VaultGround(vault.of_worker(request.config)),
    }
    with ExitStack() as stack:

        def ground(provider: str) -> Ground:
            found = grounds[provider]()
            stack.callback(found.close)
            return found

        yield ground


@pytest.fixture
def open_bench(
    open_ground: Callable[[str], Ground], children: Children, people: People
) -> Iterator[Callable[[str], Bench]]:
    """Gives a bench on the ground of a provider."""
    with ExitStack() as stack:

        def bench(provider: str) -> Bench:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rekey-"))
            return Bench(open_ground(provider), children, people, Path(folder))

        yield bench
