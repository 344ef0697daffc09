"""What an investigation guide offers to paste into Discover finds the events of the rule."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from lark.exceptions import LarkError

from rekey.fixtures.repeats import expand
from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.conftest import Built, Content
from tests.elastic.kibana.kql import translate
from tests.elastic.kibana.place import Place
from tests.elastic.schemas import Schema

READING = re.compile(
    r"^(?:`(?P<name>\w+)`, )?(?P<language>KQL|ES\|QL):\n\n```\n(?P<text>.*?)\n```$",
    re.DOTALL | re.MULTILINE,
)


@pytest.mark.parametrize("name", ["ecs", "raw"])
@pytest.mark.parametrize("path", sorted(shipped_pack().rule_files()))
def test_every_query_finds_something(
    path: str,
    name: builds.Schema,
    content: Content,
    built: Built,
    schemas: dict[builds.Schema, Schema],
    elasticsearch: Elasticsearch,
) -> None:
    rules, fixtures = content
    rule = rules[path]
    if (document := built(name, None).rules.get(rule.id)) is None:
        return
    fixture = next(f for f in fixtures[path] if f.must_fire and not f.site)
    records = [json.loads(line) for line in expand(fixture.file) if line.strip()]
    source, schema = rule.bases[0].source, schemas[name]
    [place] = schema.place(source, {f"guide of {path}": records}, timedelta(0)).values()
    types = elasticsearch.indices.get_mapping(index=place.index)[place.index]["mappings"]
    readings = [*READING.finditer(document["note"].partition("## Where to look")[2])]
    assert len(readings) == len(rule.bases)
    for reading in readings:
        assert _finds(place, reading["language"], reading["text"], types), reading["text"]


def _finds(place: Place, language: str, text: str, types: dict[str, Any]) -> bool:
    if language == "ES|QL":
        answer = place.client.esql.query(query=f"{text}\n| LIMIT 1", filter=place.only())
        return bool(answer["values"])
    query = place.only(translate(text, lambda field: _type(types, field)))
    found = place.client.search(index=place.index, query=query, size=0)
    assert found["_shards"]["failed"] == 0, found["_shards"]
    return bool(found["hits"]["total"]["value"])


def _type(mapping: dict[str, Any], field: str) -> str | None:
    for key in field.split("."):
        below = mapping.get("properties", {}) | mapping.get("fields", {})
        if key not in below:
            return None if mapping.get("type") != "flattened" else "flattened"
        mapping = below[key]
    return mapping.get("type")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a: *", {"exists": {"field": "a"}}),
        ('a: "x y"', {"match_phrase": {"a": "x y"}}),
        (r"a: *b\:c d*", {"wildcard": {"a": {"value": "*b:c d*"}}}),
        (r"a: x \and *", {"wildcard": {"a": {"value": "x and *"}}}),
        (r"a.b: x\:*", {"query_string": {"fields": ["a.b"], "query": r"x\:*"}}),
        ("a: true", {"match": {"a": "true"}}),
        ("a >= 5", {"range": {"a": {"gte": "5"}}}),
    ],
)
def test_kql_means_what_it_means_to_kibana(text: str, query: dict[str, Any]) -> None:
    made = translate(text, {"a": "keyword"}.get)
    while "bool" in made:
        [made] = [each for part in made["bool"].values() if isinstance(part, list) for each in part]
    assert made == query


def test_kql_looks_into_nested_objects() -> None:
    made = translate('r: { v: "*" }', lambda field: None)
    assert "'path': 'r'" in str(made) and "'match_phrase': {'r.v': '*'}" in str(made)


@pytest.mark.parametrize("text", ["a: b\\ c", "a: (x", "x", "a\\/b: c", 'a: "x', "a: {b}"])
def test_what_kibana_refuses_is_refused(text: str) -> None:
    with pytest.raises(LarkError):
        translate(text, lambda field: None)
