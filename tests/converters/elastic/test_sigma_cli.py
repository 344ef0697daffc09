"""People with plain sigma-cli get the queries that `rekey build elastic` writes."""

from typing import Any

import orjson
import pytest
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import AddFieldnamePrefixTransformation

from rekey.converters.elastic.compile_rule import compile_rule
from rekey.converters.elastic.condition import Unsupported
from rekey.converters.elastic.schema import Schema
from rekey.converters.elastic.sigma_backend import RekeyElasticBackend
from rekey.converters.elastic.target import Target
from rekey.converters.rule import Rule
from rekey.loading import load
from rekey.pack import shipped_pack
from rekey.site import Site

RULES = load([shipped_pack()], None).rules.rules


def convert(rule: Rule, output_format: str = "default", **options: Any) -> str:
    collection = SigmaCollection.from_yaml(rule.file.read_text("utf-8"))
    (query,) = RekeyElasticBackend(**options).convert(collection, output_format)
    return str(query)


@pytest.mark.parametrize("schema", ["ecs", "raw"])
def test_every_rule_gives_the_same_query_or_the_same_refusal(schema: Any) -> None:
    target = Target(Schema(schema), Site())
    for rule in RULES:
        try:
            body = compile_rule(rule, target).body
        except Unsupported as error:
            with pytest.raises(SigmaError) as refusal:
                convert(rule, schema=schema)
            assert error.message in str(refusal.value)
            continue
        if body["type"] in ("esql", "eql"):
            assert convert(rule, schema=schema) == body["query"]
        else:
            assert orjson.loads(convert(rule, schema=schema)) == body


def test_ndjson_is_a_whole_rule() -> None:
    rule = next(rule for rule in RULES if rule.path == "vault/root_token_generation_started")
    made = orjson.loads(convert(rule, "ndjson"))
    assert made["rule_id"] == rule.id
    assert made["type"] == "query"


def test_rules_of_other_people_need_no_directives() -> None:
    text = """
        title: Somebody else's
        id: 5a1c7f0e-3f36-4a43-a4e4-5a9f6b7b9c11
        status: test
        logsource: {product: github, service: audit}
        detection: {seen: {action: repo.create}, condition: seen}
        """
    (query,) = RekeyElasticBackend().convert(SigmaCollection.from_yaml(text))
    assert "repo.create" in query


def test_a_refused_rule_is_collected_where_that_is_asked_for() -> None:
    rule = next(rule for rule in RULES if rule.path == "aws/function_credential_used_elsewhere")
    backend = RekeyElasticBackend(collect_errors=True)
    collection = SigmaCollection.from_yaml(rule.file.read_text("utf-8"))
    assert backend.convert(collection) == []
    assert len(backend.errors) == 1


def test_somebody_elses_pipeline_is_not_lost_in_silence() -> None:
    foreign = ProcessingPipeline(items=[ProcessingItem(AddFieldnamePrefixTransformation("x."))])
    with pytest.raises(SigmaError, match="leave out -p"):
        convert(RULES[0], processing_pipeline=foreign)


def test_an_unknown_schema_is_named() -> None:
    with pytest.raises(SigmaError, match="choose ecs or raw"):
        convert(RULES[0], schema="cim")
