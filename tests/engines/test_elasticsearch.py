"""The server is the one that is asked for, and can what the tests ask of it."""

from elasticsearch import Elasticsearch

from tests.engines.elasticsearch import VERSION


def test_it_answers_with_a_version_that_the_client_speaks(elasticsearch: Elasticsearch) -> None:
    assert elasticsearch.info()["version"]["number"].split(".")[0] == VERSION.split(".")[0]


def test_it_knows_esql_and_kql(elasticsearch: Elasticsearch) -> None:
    rows = elasticsearch.esql.query(query='ROW a = "x" | WHERE a == "x" | LIMIT 1')
    assert rows["values"] == [["x"]]
    kql = elasticsearch.indices.validate_query(query={"kql": {"query": "a: x and not b: *"}})
    assert kql["valid"]
