"""Fixtures that stand on a running Elasticsearch."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from rekey.converters.rule import Rule
from rekey.fixtures.suite import Fixture
from rekey.fixtures.wanted import wanted_fixtures
from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.build import Build
from tests.elastic.indices import Indices
from tests.elastic.schemas import AsTheyAre, Integrations, Schema

Content = tuple[dict[str, Rule], dict[str, list[Fixture]]]
Built = Callable[[builds.Schema, Path | None], Build]


@pytest.fixture(scope="session")
def indices(elasticsearch: Elasticsearch) -> Iterator[Indices]:
    """The session's own indices."""
    made = Indices(elasticsearch)
    yield made
    made.remove()


@pytest.fixture(scope="session")
def content() -> Content:
    """Rules and their fixtures, by path."""
    rules, fixtures = wanted_fixtures([shipped_pack()], (), own=False)
    own: dict[str, list[Fixture]] = {}
    for fixture in fixtures:
        own.setdefault(fixture.rule.path, []).append(fixture)
    return {rule.path: rule for rule in rules.rules}, own


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Compiles all rules, once for each way of indexing and each site."""

    @cache
    def give(schema: builds.Schema, site: Path | None) -> Build:
        return builds.build(tmp_path_factory.mktemp("built"), schema, site)

    return give


@pytest.fixture(scope="session")
def schemas(built: Built, indices: Indices) -> dict[builds.Schema, Schema]:
    """Both ways of indexing."""
    templates = built("raw", None).folder / "index_templates"
    return {"ecs": Integrations(indices), "raw": AsTheyAre(indices, templates)}
