"""Fixtures that stand on a running Elasticsearch."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from tests.elastic.indices import Indices


@pytest.fixture(scope="session")
def indices(elasticsearch: Elasticsearch) -> Iterator[Indices]:
    """The session's own indices."""
    made = Indices(elasticsearch)
    yield made
    made.remove()
