"""Fields that no index maps yet: a query runs all the same, or its refusal is declared."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from rekey.converters.registry import registry
from tests.elastic.build import Build, build
from tests.elastic.indices import Indices
from tests.elastic.tables import STREAMS, mapping


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return build(tmp_path_factory.mktemp("built"), "ecs", None)


@pytest.fixture(scope="module")
def empty(elasticsearch: Elasticsearch) -> Iterator[dict[str, str]]:
    """An index of each data stream without its optional fields; pattern of the rules → index."""
    indices = Indices(elasticsearch)
    made = {}
    for source, stream in STREAMS.items():
        known = mapping(stream)
        for field in registry()[source].fields.values():
            if field.elastic and field.elastic_optional:
                _remove(known, field.elastic.split("."))
        made[f"logs-{stream}-*"] = indices.make(f"logs-{stream}-unmapped", known)
    yield made
    indices.remove()


def _remove(node: dict[str, Any], keys: list[str]) -> None:
    below = node.get("properties", {})
    if len(keys) == 1:
        below.pop(keys[0], None)
    elif keys[0] in below:
        _remove(below[keys[0]], keys[1:])


def test_queries_run_where_optional_fields_are_not_mapped(
    rules: Build, empty: dict[str, str], elasticsearch: Elasticsearch
) -> None:
    paths = {tag.removeprefix("rekey rule: "): rule for rule in rules.rules.values()
             for tag in rule["tags"] if tag.startswith("rekey rule: ")}  # fmt: skip
    tried = 0
    for path, rule in paths.items():
        if rule["type"] != "esql":
            continue
        refused = {d.detail for d in rules.differences[path] if d.kind == "refused_until_seen"}
        _, begin, rest = rule["query"].partition("FROM ")
        [index] = [index for pattern, index in empty.items() if rest.startswith(pattern)]
        query = f"{begin}{index}{rest[rest.index('*') + 1 :]}"
        query = query.replace(", logs-github.api_requests-*", "")
        try:
            elasticsearch.esql.query(query=f"{query} | LIMIT 1")
        except BadRequestError as error:
            assert refused and all(name in str(error) for name in refused), (path, str(error))
        else:
            assert not refused, path
        tried += 1
    assert tried > 20
