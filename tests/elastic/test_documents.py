"""Raw records become the documents that Elastic's integrations would index."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from rekey.content import content
from rekey.converters.registry import registry
from rekey.fixtures.repeats import expand
from tests.elastic.indices import Indices
from tests.elastic.integration import Document, document
from tests.elastic.paths import first, put, values
from tests.elastic.pipelines import PIPELINES
from tests.elastic.pipelines.addresses import autonomous_system
from tests.elastic.tables import STREAMS, mapping, table


def cloudtrail(**fields: Any) -> Document:
    record = {"eventTime": "2026-03-04T05:06:07Z", "eventSource": "s", "eventName": "N"} | fields
    return document(record, registry()["aws_cloudtrail"])


def kubernetes(**fields: Any) -> Document:
    record = {"requestReceivedTimestamp": "2026-03-04T05:06:07.123456Z"} | fields
    return document(record, registry()["kubernetes_audit"])


def vault(**fields: Any) -> Document:
    return document({"time": "2026-03-04T05:06:07.123456789Z"} | fields, registry()["vault_audit"])


def github(**fields: Any) -> Document:
    return document({"@timestamp": 1772600767000} | fields, registry()["github_audit"])


def get(made: Document, field: str) -> Any:
    return first(made.body, field)


# -- CloudTrail ----------------------------------------------------------------------------------


def test_the_name_of_a_session_is_its_roles() -> None:
    issuer = {"sessionIssuer": {"userName": "deploy"}}
    who = {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/deploy/run-7"}
    made = cloudtrail(userIdentity=who | {"sessionContext": issuer})
    assert get(made, "user.name") == "deploy"
    assert "run-7" in get(made, "related.user")


def test_the_name_of_a_web_identity_is_its_own() -> None:
    who = {"type": "WebIdentityUser", "userName": "repo:o/r:ref:refs/heads/main"}
    assert get(cloudtrail(userIdentity=who), "user.name") == who["userName"]


def test_a_service_that_calls_has_a_name_and_no_address() -> None:
    made = cloudtrail(sourceIPAddress="ec2.amazonaws.com")
    assert get(made, "source.address") == "ec2.amazonaws.com"
    assert get(made, "source.ip") is None
    assert get(cloudtrail(sourceIPAddress="192.0.2.1"), "source.ip") == "192.0.2.1"


def test_parameters_stand_as_java_text_and_flattened() -> None:
    made = cloudtrail(requestParameters={"a": ["x", True], "b": {"c": 1}, "d": "-", "e": None})
    assert get(made, "aws.cloudtrail.request_parameters") == "{a=[x, true], b={c=1}}"
    assert get(made, "aws.cloudtrail.flattened.request_parameters.b.c") == 1


def test_parameters_too_long_for_flattened_stand_as_text_alone() -> None:
    made = cloudtrail(requestParameters={"a": "x" * 32_766})
    assert get(made, "aws.cloudtrail.flattened.request_parameters") is None
    assert len(get(made, "aws.cloudtrail.request_parameters")) > 32_766


def test_an_error_is_a_failure_and_an_empty_one_is_none() -> None:
    assert get(cloudtrail(errorCode="AccessDenied"), "event.outcome") == "failure"
    assert get(cloudtrail(errorCode=""), "event.outcome") == "success"


def test_the_callers_account_falls_back_to_the_recipients() -> None:
    assert get(cloudtrail(recipientAccountId="2"), "cloud.account.id") == "2"
    both = cloudtrail(recipientAccountId="2", userIdentity={"accountId": "1"})
    assert get(both, "cloud.account.id") == "1"


# -- Kubernetes ----------------------------------------------------------------------------------


def test_addresses_of_a_request_count_only_if_all_are_addresses() -> None:
    assert get(kubernetes(sourceIPs=["192.0.2.1", "10.0.0.1"]), "source.ip") == [
        "192.0.2.1",
        "10.0.0.1",
    ]
    mixed = kubernetes(sourceIPs=["192.0.2.1", "unknown"])
    assert get(mixed, "source.ip") is None
    assert get(mixed, "related.ip") == ["192.0.2.1"]


def test_annotation_keys_lose_their_dots_and_keep_their_slash() -> None:
    made = kubernetes(annotations={"authorization.k8s.io/decision": "allow"})
    annotations = made.body["kubernetes"]["audit"]["annotations"]
    assert annotations == {"authorization_k8s_io/decision": "allow"}


def test_a_kubernetes_record_is_kept_but_for_the_metadata_of_bodies() -> None:
    made = kubernetes(
        requestObject={"spec": {"containers": [{"command": ["sh"]}]}, "metadata": {"name": "n"}},
        annotations={"authorization.k8s.io/decision": "allow"},
    )
    assert made.body["kubernetes"]["audit"] == {
        "requestObject": {"spec": {"containers": [{"command": ["sh"]}]}},
        "annotations": {"authorization_k8s_io/decision": "allow"},
        "requestReceivedTimestamp": get(made, "kubernetes.audit.requestReceivedTimestamp"),
    }


# -- Vault and GitHub ----------------------------------------------------------------------------


def test_a_vault_record_is_kept_whole_but_for_its_time() -> None:
    made = vault(type="response", request={"id": "1", "remote_address": "192.0.2.1", "x": {}})
    kept = made.body["hashicorp_vault"]["audit"]
    assert kept == {
        "type": "response",
        "request": {"id": "1", "remote_address": "192.0.2.1", "x": {}},
    }
    assert get(made, "source.ip") == "192.0.2.1"
    assert get(made, "event.outcome") == "success"


def test_a_github_record_is_kept_but_for_what_has_another_name() -> None:
    made = github(
        action="org.add_member", actor="a", user="u", org="o", unknown="x", hashed_token=""
    )
    assert made.body["github"] == {"org": "o", "unknown": "x", "category": "org"}
    assert get(made, "user.name") == "a"
    assert get(made, "group.name") == get(made, "user.target.group.name") == "o"
    assert get(made, "event.type") == ["group", "user", "creation"]
    assert get(made, "github.hashed_token") is None


def test_only_github_names_its_documents() -> None:
    assert github(_document_id="d").id == "d"
    assert github().id is None
    assert cloudtrail(eventID="e").id is None
    assert kubernetes(auditID="a").id is None
    assert vault(request={"id": "r"}).id is None


# -- all -----------------------------------------------------------------------------------------


def test_times_become_timestamps() -> None:
    assert get(cloudtrail(), "@timestamp") == "2026-03-04T05:06:07.000Z"
    assert get(kubernetes(), "@timestamp") == "2026-03-04T05:06:07.123Z"
    assert get(github(), "@timestamp") == "2026-03-04T05:06:07.000Z"
    assert get(github(), "event.ingested") == "2026-03-04T05:07:07.000Z"


def test_networks_are_told_apart_and_private_ones_have_no_number() -> None:
    here, near, far = map(autonomous_system, ("192.0.2.1", "192.0.2.250", "198.51.100.1"))
    assert here == near != far
    assert autonomous_system("10.1.2.3") is autonomous_system("AWS Internal") is None


def test_paths_walk_arrays_and_keys_with_dots() -> None:
    record = {"a.b": {"c": [{"d": 1}, {"d": 2}]}, "a": {"b": {"c": []}}}
    assert values(record, "a.b.c[].d") == [1, 2]
    assert values(record, "a.x") == []
    made: dict[str, Any] = {}
    put(made, "a.b/c", 1)
    assert made == {"a": {"b/c": 1}}


@pytest.mark.parametrize("source", STREAMS)
def test_every_field_that_a_document_has_is_listed(source: str) -> None:
    """The emulation writes nothing that no table names, but for records that are kept whole."""
    whole = ("hashicorp_vault.audit.", "github.", "kubernetes.audit.")
    listed = table(STREAMS[source])
    unlisted = set()
    for record in _records(source):
        body = document(record, registry()[source]).body
        for name in _names(body):
            if listed.type_of(name) is None and not name.startswith(whole):
                unlisted.add(name)
    assert unlisted == set()


@pytest.mark.parametrize("source", STREAMS)
def test_elasticsearch_takes_the_mapping_and_every_document(
    source: str, indices: Indices, elasticsearch: Elasticsearch
) -> None:
    stream = STREAMS[source]
    index = indices.make(f"logs-{stream}", mapping(stream))
    documents = [document(record, registry()[source]) for record in _records(source)]
    [place] = indices.fill(index, {f"all of {source}": documents}, timedelta(0)).values()
    named = {d.id for d in documents if d.id is not None}
    unnamed = sum(d.id is None for d in documents)
    count = elasticsearch.count(index=index, query=place.only())["count"]
    assert count == len(named) + unnamed > 0


def test_what_is_left_out_is_listed() -> None:
    for stream, pipeline in PIPELINES.items():
        types = table(stream).types
        for name in pipeline.left_out:
            assert any(field.startswith(name) for field in types), name
        rows = {(row.raw, row.indexed) for row in table(stream).rows}
        assert pipeline.itself - rows == set()


def _records(source: str) -> Iterator[dict[str, Any]]:
    product = registry()[source].product
    for file in sorted(content("fixtures").glob(f"{product}/*/match.ndjson")):
        yield from (json.loads(line) for line in expand(file) if line.strip())


def _names(node: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _names(value, f"{prefix}{key}.")
    elif isinstance(node, list) and any(isinstance(item, dict) for item in node):
        for item in node:
            yield from _names(item, prefix)
    else:
        yield prefix.removesuffix(".")
