"""Real servers that enforce, and people who sign."""

import pytest

from tests.engines import kubernetes as kubernetes_server
from tests.engines import ministack
from tests.engines import vault as vault_server
from tests.fakes.people import People


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Ada asks; Bob and Cem approve."""
    return People(tmp_path_factory.mktemp("people"), "ada", "bob", "cem")


@pytest.fixture(scope="session")
def vault_url(request: pytest.FixtureRequest) -> str:
    """Address of the run's Vault."""
    return vault_server.url(request.config)


@pytest.fixture(scope="session")
def logging_vault(request: pytest.FixtureRequest) -> vault_server.Vault:
    """A Vault of this worker alone, with its audit log."""
    return vault_server.of_worker(request.config)


@pytest.fixture(scope="session")
def aws_url(request: pytest.FixtureRequest) -> str:
    """Address of the run's ministack."""
    return ministack.url(request.config)


@pytest.fixture(scope="session")
def kubernetes(request: pytest.FixtureRequest) -> kubernetes_server.Cluster:
    """The run's cluster."""
    return kubernetes_server.cluster(request.config)
