"""Elasticsearch takes the events of a containment as the common schema types them, and finds them.

Types: https://www.elastic.co/docs/reference/ecs/ecs-field-reference. Nothing but the section
``rekey`` may stand beside the fields of the schema.
"""

from pathlib import Path
from typing import Any, Final

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from rekey.containment.report.ecs import documents
from rekey.containment.report.evidence import evidence_of
from tests.fakes.people import People
from tests.fakes.stage import USER, Stage

KEYWORD: Final = {"type": "keyword"}
DATE: Final = {"type": "date"}


def fields(*keywords: str, **others: dict[str, Any]) -> dict[str, Any]:
    return {"properties": dict.fromkeys(keywords, KEYWORD) | others}


ECS: Final = {
    "dynamic": "strict",
    "properties": {
        "@timestamp": DATE,
        "ecs": fields("version"),
        "message": {"type": "text"},  # match_only_text, which the tests' server does not have
        "event": fields(
            "kind", "category", "type", "dataset", "module", "provider", "action", "id", "outcome",
            "reason", sequence={"type": "long"}, start=DATE, end=DATE,
        ),
        "observer": fields("vendor", "product", "version"),
        "user": fields(target=fields("name")),
        "related": fields("user"),
        "rekey": {"properties": {"containment": {"dynamic": True, "type": "object"}}},
    },
}  # fmt: skip


def test_they_are_taken_and_found(elasticsearch: Elasticsearch, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "stage", People(tmp_path / "people", "ada", "bob", "cem"))
    plan = stage.plan("contain")
    stage.cloud.fault("put_cutoff", "deny")
    stage.run(plan, "bob")
    told = list(documents(evidence_of(stage.journal, plan.run)))
    index = f"rekey_tests_containment_{plan.run}"
    elasticsearch.indices.create(index=index, mappings=ECS)
    try:
        actions = ({"_index": index, "_id": one["event"]["id"], "_source": one} for one in told)
        assert bulk(elasticsearch, actions, refresh=True) == (len(told), [])

        def count(query: str) -> int:
            found = elasticsearch.count(index=index, query={"query_string": {"query": query}})
            return int(found["count"])

        about = f'event.category:iam AND user.target.name:"user/{USER}"'
        assert count(f"{about} AND event.outcome:success") >= 1
        assert count(f"{about} AND event.outcome:failure AND rekey.containment.status:failed") >= 1
        assert count(f"event.start:* AND rekey.containment.run:{plan.run}") >= 1
        assert count("*") == len(told)
    finally:
        elasticsearch.indices.delete(index=index)
