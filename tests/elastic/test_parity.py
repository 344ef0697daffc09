"""Every rule, compiled for Elastic, against every one of its fixtures on a real Elasticsearch.

Of its two forms, usually one is tried with events that come in all ways, and the other with those that
come at once or now and then late: when a run finds what is no matter of how documents are indexed.
"""

import pytest

from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.conftest import Built, Content
from tests.elastic.kibana.arrival import LATENESS, Lateness
from tests.elastic.parity import compare
from tests.elastic.schemas import Schema
from tests.engines.verdicts import Row, forget, keep, writes
from tests.rounds import some

RULES = sorted(shipped_pack().rule_files())
ENGINES: dict[builds.Schema, str] = {"ecs": "elastic_ecs", "raw": "elastic_raw"}

_USUAL: tuple[Lateness, ...] = ("prompt", "even_late")


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("path", RULES)
def test_every_fixture(
    path: str,
    name: builds.Schema,
    content: Content,
    built: Built,
    schemas: dict[builds.Schema, Schema],
) -> None:
    rules, fixtures = content
    forms = [form for form in ENGINES if path not in built(form, None).unsupported]
    in_all_ways = name in some(forms, len(forms), path) or writes()
    lateness = LATENESS if in_all_ways else _USUAL
    row = compare(
        rules[path], fixtures[path], schemas[name], lambda site: built(name, site), lateness
    )
    _agree(path, ENGINES[name], row)


def _agree(path: str, engine: str, row: Row) -> None:
    undeclared = {
        name: f"{verdict.embedded} in the embedded engine, here {verdict.here}"
        for name, verdict in row.fixtures.items()
        if verdict.embedded != verdict.here and not verdict.because
    }
    assert not undeclared, f"{path} differs, and nothing declares it: {undeclared}"
    keep(engine, path, row)


@pytest.mark.parametrize("engine", ENGINES.values())
def test_nothing_is_kept_of_rules_that_are_no_more(engine: str) -> None:
    forget(engine, set(RULES))
