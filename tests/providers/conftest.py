"""Real servers that enforce, and people who sign."""

import pytest

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
