"""Pytest's side of the servers: the run begins and ends, and fixtures hand out clients."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.engines import elasticsearch as server
from tests.engines import runs


def pytest_configure(config: pytest.Config) -> None:
    """Prepare what the processes of this run share."""
    runs.begin(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist what is shared."""
    runs.hand_over(node.config, node.workerinput)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End all servers, however the run went."""
    runs.end(config)


@pytest.fixture(scope="session")
def elasticsearch(request: pytest.FixtureRequest) -> Iterator[Elasticsearch]:
    """A client of the run's Elasticsearch."""
    with Elasticsearch(server.url(request.config), request_timeout=120) as client:
        yield client
