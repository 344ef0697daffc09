"""Every rule, compiled for Elastic, against every one of its fixtures on a real Elasticsearch."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from rekey.converters.rule import Rule
from rekey.fixtures.suite import Fixture
from rekey.fixtures.wanted import wanted_fixtures
from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.build import Build
from tests.elastic.indices import Indices
from tests.elastic.parity import compare
from tests.elastic.schemas import AsTheyAre, Integrations
from tests.engines.verdicts import Row, forget, keep

RULES = sorted(shipped_pack().rule_files())

Content = tuple[dict[str, Rule], dict[str, list[Fixture]]]
Built = Callable[[builds.Schema, Path | None], Build]


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


@pytest.mark.parametrize("path", RULES)
def test_integrations(path: str, content: Content, built: Built, indices: Indices) -> None:
    rules, fixtures = content
    row = compare(
        rules[path], fixtures[path], Integrations(indices), lambda site: built("ecs", site)
    )
    _agree(path, "elastic_ecs", row)


@pytest.mark.parametrize("path", RULES)
def test_documents_as_they_are(path: str, content: Content, built: Built, indices: Indices) -> None:
    rules, fixtures = content
    templates = built("raw", None).folder / "index_templates"
    row = compare(
        rules[path], fixtures[path], AsTheyAre(indices, templates), lambda s: built("raw", s)
    )
    _agree(path, "elastic_raw", row)


def _agree(path: str, engine: str, row: Row) -> None:
    undeclared = {
        name: f"{verdict.embedded} in the embedded engine, here {verdict.here}"
        for name, verdict in row.fixtures.items()
        if verdict.embedded != verdict.here and not verdict.because
    }
    assert not undeclared, f"{path} differs, and nothing declares it: {undeclared}"
    keep(engine, path, row)


@pytest.mark.parametrize("engine", ["elastic_ecs", "elastic_raw"])
def test_nothing_is_kept_of_rules_that_are_no_more(engine: str) -> None:
    forget(engine, set(RULES))
