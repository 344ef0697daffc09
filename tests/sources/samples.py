"""Records and whole inputs for the tests of the intake, and a short way to read them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from rekey.sources import FileIntake, InputFile, RejectLog, Segment

Record = dict[str, Any]


def cloudtrail(number: int = 1, **changes: Any) -> Record:
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/deploy/ci",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {"attributes": {"creationDate": "2026-11-01T00:00:00Z"}},
        },
        "eventTime": f"2026-11-01T00:00:{number % 60:02}Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": 'aws-cli/2.15 é😀 \\"{[,',
        "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/x", "tags": [{"key": 1}]},
        "responseElements": None,
        "resources": [{"ARN": "arn:aws:iam::111122223333:role/x"}, {"ARN": "b"}],
        "eventID": f"id-{number}-",
    } | changes


def kubernetes(number: int = 1, **changes: Any) -> Record:
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": f"id-{number}-",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/web/secrets",
        "verb": "list",
        "user": {
            "username": "system:serviceaccount:web:shop",
            "groups": ["system:authenticated"],
            "extra": {"authentication.kubernetes.io/credential-id": ["JTI=1"]},
        },
        "sourceIPs": ["10.0.0.7"],
        "responseObject": {"kind": "SecretList", "items": [{"kind": "Secret"}]},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2026-11-22T04:55:53.339335Z",
        "stageTimestamp": "2026-11-22T04:55:53.374730Z",
        "annotations": {"authorization.k8s.io/decision": "allow"},
    } | changes


def vault(number: int = 1, **changes: Any) -> Record:
    return {
        "time": "2026-11-22T05:09:29.852757298Z",
        "type": "response",
        "auth": {"accessor": "hmac-sha256:aa", "policies": ["default"]},
        "request": {
            "id": f"id-{number}-",
            "operation": "read",
            "path": "kv/data/db",
            "headers": {"user-agent": ["vault/1.14"]},
        },
    } | changes


def github(number: int = 1, **changes: Any) -> Record:
    return {
        "@timestamp": 1_763_787_353_000 + number,
        "_document_id": f"id-{number}-",
        "action": "hook.create",
        "actor": "octocat",
        "events": ["push", "pull_request"],
        "config": {"content_type": "json"},
    } | changes


MAKERS: dict[str, Callable[[int], Record]] = {
    "aws_cloudtrail": cloudtrail,
    "kubernetes_audit": kubernetes,
    "vault_audit": vault,
    "github_audit": github,
}


def identity(record: Record) -> str:
    """What tells the records of a test apart."""
    request = record.get("request") or {}
    ids = (record.get(k) for k in ("eventID", "auditID", "_document_id"))
    return str(next((each for each in ids if each), request.get("id")))


def ndjson(records: Iterable[Any]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


@dataclass
class Read:
    """What one reading gave."""

    files: tuple[InputFile, ...]
    segments: tuple[Segment, ...]
    lines: list[dict[str, Any]]
    rejects: list[dict[str, Any]]

    @property
    def records(self) -> list[Record]:
        return [line["d"] for line in self.lines]

    @property
    def ids(self) -> list[str]:
        return [identity(record) for record in self.records]

    @property
    def reasons(self) -> list[str]:
        return [reject["reason"] for reject in self.rejects]


class Reader:
    """Reads inputs by the tolerant path into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = 0

    def read(self, *inputs: bytes | str | Path, **options: Any) -> Read:
        """Read bytes, as files, or paths."""
        self._turn += 1
        work = self.folder / f"work{self._turn}"
        work.mkdir()
        paths = []
        for at, each in enumerate(inputs):
            if isinstance(each, bytes):
                (work / f"input{at}").write_bytes(each)
                each = work / f"input{at}"
            paths.append(str(each))
        with RejectLog(work / "rejects.ndjson") as rejects:
            intake = FileIntake(work, rejects=rejects, force_spool=True, **options)
            intake.read(paths)
            result = intake.finish()
        lines = [line | {"source": s.source} for s in result.segments for line in load(s.path)]
        return Read(result.files, result.segments, lines, load(work / "rejects.ndjson"))


def load(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]
