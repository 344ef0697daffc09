"""The shipped incident, read back from a real Elasticsearch, is the same incident."""

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from rekey.cli.main import run
from rekey.converters.registry import registry
from rekey.errors import ExitCode
from rekey.sources.elastic_events import ElasticEvents
from rekey.sources.files import FileIntake
from rekey.sources.live import LineStream, Span
from rekey.sources.rejects import RejectLog
from tests.elastic import integration
from tests.elastic.tables import mapping

BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def stream(elasticsearch: Elasticsearch, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A data stream of CloudTrail of this test's own, on a server without credentials."""
    for name in ("API_KEY", "TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"ELASTICSEARCH_{name}", raising=False)
    name = f"logs-aws.cloudtrail-live{uuid.uuid4().hex[:8]}"
    elasticsearch.indices.put_index_template(
        name=name, index_patterns=[name], priority=2000,
        template={
            "settings": {"number_of_replicas": 0, "mapping.total_fields.limit": 5000},
            "mappings": mapping("aws.cloudtrail"),
        },
    )  # fmt: skip
    elasticsearch.indices.create(index=name)
    yield name
    elasticsearch.indices.delete(index=name)
    elasticsearch.indices.delete_index_template(name=name)


def calls(number: int) -> list[dict[str, Any]]:
    """Records a second apart, all of the same second in pairs: ties must not lose any."""
    return [
        {
            "eventVersion": "1.11", "eventID": f"{at:032x}", "eventSource": "iam.amazonaws.com",
            "eventTime": (BEGIN + timedelta(seconds=at // 2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventName": "CreateAccessKey", "awsRegion": "us-east-1",
            "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.17", "readOnly": False,
            "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
                "arn": "arn:aws:iam::111122223333:user/ci", "userName": "ci",
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            },
            "requestParameters": {"userName": "deploy"},
        }
        for at in range(number)
    ]  # fmt: skip


def index(
    client: Elasticsearch, name: str, records: Iterable[dict[str, Any]], *, original: bool
) -> None:
    """Index records as the integration does, with or without the original text."""
    source = registry()["aws_cloudtrail"]
    actions = []
    for record in records:
        body = integration.document(record, source).body
        if original:
            body["event"]["original"] = json.dumps(record)
        actions.append({"_index": name, "_source": body})
    bulk(client, actions, refresh=True)


def read(
    client: Elasticsearch, stream: str, folder: Path, span: Span
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Read all CloudTrail of a time the way the product does; give records and losses."""
    source = ElasticEvents(
        client, "elastic", span, "aws_cloudtrail", namespace=stream.rpartition("-")[2]
    )
    rejects = RejectLog()
    intake = FileIntake(folder, rejects=rejects)
    intake.read_stream(LineStream(source.lines()), source.name)  # type: ignore[arg-type]
    found = intake.finish()
    assert rejects.total == 0, rejects.counts
    lines = [line for seg in found.segments for line in seg.path.read_text().splitlines()]
    return [json.loads(line)["d"] for line in lines], source.loss.rebuilt


def test_originals_come_back_whole_over_many_pages(
    elasticsearch: Elasticsearch, stream: str, tmp_path: Path
) -> None:
    records = calls(1203)
    index(elasticsearch, stream, records, original=True)
    span = Span(BEGIN, BEGIN + timedelta(hours=1))
    found, lost = read(elasticsearch, stream, tmp_path, span)
    assert sorted(found, key=lambda r: r["eventID"]) == records
    assert [r["eventTime"] for r in found] == sorted(r["eventTime"] for r in found)
    assert lost == {}


def test_only_the_time_that_was_asked_for(
    elasticsearch: Elasticsearch, stream: str, tmp_path: Path
) -> None:
    index(elasticsearch, stream, calls(20), original=True)
    span = Span(BEGIN + timedelta(seconds=2), BEGIN + timedelta(seconds=4))
    found, _ = read(elasticsearch, stream, tmp_path, span)
    assert {record["eventTime"][-3:-1] for record in found} == {"02", "03", "04"}


def test_without_originals_records_are_rebuilt_and_counted(
    elasticsearch: Elasticsearch, stream: str, tmp_path: Path
) -> None:
    records = calls(3)
    index(elasticsearch, stream, records, original=False)
    found, lost = read(elasticsearch, stream, tmp_path, Span(BEGIN, BEGIN + timedelta(hours=1)))
    assert lost == {"aws_cloudtrail": 3}
    by_id = {record["eventID"]: record for record in found}
    for record in records:
        rebuilt = by_id[record["eventID"]]
        assert rebuilt.pop("eventTime").replace(".000", "") == record.pop("eventTime")
        assert rebuilt == record


def test_a_role_is_rebuilt_as_a_role(
    elasticsearch: Elasticsearch, stream: str, tmp_path: Path
) -> None:
    record = calls(1)[0]
    issuer = {
        "type": "Role", "principalId": "AROAEXAMPLE", "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:role/deploy", "userName": "deploy",
    }  # fmt: skip
    record["userIdentity"] = {
        "type": "AssumedRole", "principalId": "AROAEXAMPLE:ci", "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:assumed-role/deploy/ci",
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "sessionContext": {"sessionIssuer": issuer},
    }  # fmt: skip
    index(elasticsearch, stream, [record], original=False)
    found, _ = read(elasticsearch, stream, tmp_path, Span(BEGIN, BEGIN + timedelta(hours=1)))
    assert found[0]["userIdentity"] == record["userIdentity"]


def test_nothing_there_is_said_so(
    elasticsearch: Elasticsearch, stream: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(
        ["investigate", "--from-elastic", address(elasticsearch), "--out", str(tmp_path), "--to",
         "2020-01-02", "--since", "1h"]
    )  # fmt: skip
    assert code == ExitCode.INPUT
    assert "no readable event" in capsys.readouterr().err


def test_nobody_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["replay", "--from-elastic", "http://127.0.0.1:9"])
    assert code == ExitCode.INPUT
    assert "the connection to Elasticsearch broke" in capsys.readouterr().err


@pytest.mark.parametrize("span", ["", "0h", "24", "1y", "-1h", "24h; rm"])
def test_spans_that_are_none(span: str) -> None:
    url = "http://127.0.0.1:9"
    assert run(["replay", "--from-elastic", url, "--since", span]) == ExitCode.USAGE


def test_neither_files_nor_a_server() -> None:
    assert run(["replay"]) == ExitCode.USAGE


def address(client: Elasticsearch) -> str:
    """Where the server of the tests is."""
    return str(next(iter(client.transport.node_pool.all())).base_url)
