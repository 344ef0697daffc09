"""Random conditions match the same records on a real Elasticsearch as in the naive oracle."""

import uuid
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rekey.converters.elastic.condition import Condition, Equals, Unsupported, from_sigma
from rekey.converters.elastic.dsl import Dsl
from rekey.converters.elastic.esql import Esql
from rekey.converters.elastic.index_template import index_template
from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import registry
from rekey.site import Site
from tests.made_rules import KUBERNETES, made, single
from tests.oracle import condition as oracle
from tests.oracle.documents import PATHS, conditions, records
from tests.oracle.sigma_text import detection

INDEX = f"rekey-kubernetes_audit-oracle-{uuid.uuid4().hex[:8]}"
"""Of this process: others may test against the same server."""

SOURCE = registry()["kubernetes_audit"]
RAW = Schema("raw")
BATCH = "batch"
BATCHES = count()

checked = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def index(elasticsearch: Elasticsearch) -> Iterator[Elasticsearch]:
    template = index_template(SOURCE, RAW)["template"]
    elasticsearch.options(ignore_status=404).indices.delete(index=INDEX)
    settings = template["settings"] | {"number_of_replicas": 0}
    template["mappings"]["properties"][BATCH] = {"type": "keyword"}
    elasticsearch.indices.create(index=INDEX, mappings=template["mappings"], settings=settings)
    yield elasticsearch
    elasticsearch.indices.delete(index=INDEX)


def fill(client: Elasticsearch, log: list[dict[str, Any]]) -> str:
    """Index records, and give the label under which they are found."""
    batch = str(next(BATCHES))
    lines: list[dict[str, Any]] = []
    for number, each in enumerate(log):
        lines += [{"index": {"_id": f"{batch}/{number}"}}, {BATCH: batch} | each]
    assert not client.bulk(index=INDEX, operations=lines, refresh=True)["errors"]
    return batch


def numbers(ids: Iterable[str]) -> set[int]:
    return {int(each.split("/")[1]) for each in ids}


def compiled(condition: oracle.Condition) -> Condition:
    rule = made(single("random", detection(condition), KUBERNETES))
    return from_sigma(rule.bases[0].condition)


def is_ascii(condition: oracle.Condition) -> bool:
    return str(detection(condition)).isascii()


@checked
@given(records, st.lists(conditions, min_size=1, max_size=8))
def test_query_dsl_matches_the_same_records(
    index: Elasticsearch, log: list[dict[str, Any]], wanted: list[oracle.Condition]
) -> None:
    batch = fill(index, log)
    for condition in filter(is_ascii, wanted):  # beyond ASCII, case counts: declared
        query = Dsl(SOURCE, RAW).query(compiled(condition))
        of_batch = {"bool": {"filter": [{"term": {BATCH: batch}}, query]}}
        hits = index.search(index=INDEX, query=of_batch, size=100, source=False)["hits"]["hits"]
        expected = {n for n, each in enumerate(log) if oracle.holds(condition, each, PATHS)}
        assert numbers(hit["_id"] for hit in hits) == expected, (detection(condition), query)


@checked
@given(records, st.lists(conditions, min_size=1, max_size=4))
def test_esql_matches_the_same_records(
    index: Elasticsearch, log: list[dict[str, Any]], wanted: list[oracle.Condition]
) -> None:
    batch = fill(index, log)
    for condition in wanted:
        text = Esql(SOURCE, RAW, Site()).text(compiled(condition))
        query = f'FROM {INDEX} METADATA _id | WHERE {BATCH} == "{batch}" AND ({text}) | KEEP _id | LIMIT 100'
        rows = index.esql.query(query=query)["values"]
        expected = {n for n, each in enumerate(log) if oracle.holds(condition, each, PATHS)}
        assert numbers(row[0] for row in rows) == expected, (detection(condition), query)


def test_a_field_that_is_not_indexed_is_refused() -> None:
    with pytest.raises(Unsupported, match="not indexed"):
        Dsl(registry()["aws_cloudtrail"], Schema("ecs")).query(
            Equals("userIdentity.identityProvider", "x")
        )
