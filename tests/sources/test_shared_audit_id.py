"""A caller of the Kubernetes API chooses its Audit-ID: what shares one is no duplicate for that."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from rekey.loading import load
from rekey.pack import shipped_pack
from rekey.replay import Replay
from tests.engines import kubernetes as server

ID = "00000000-0000-4000-8000-00000000beef"


def ask(cluster: server.Cluster, path: str) -> None:
    with cluster.client() as client:
        answer = client.get(path, headers={"Audit-ID": ID}).raise_for_status()
    assert answer.headers["Audit-ID"] == ID


def logged(cluster: server.Cluster) -> list[dict[str, Any]]:
    lines = cluster.audit.read_text("utf-8").splitlines()
    return [record for record in map(json.loads, lines) if record["auditID"] == ID]


def test_requests_under_one_id_are_events_each_and_a_record_twice_is_one(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    cluster = server.cluster(pytestconfig)
    for path in ("/api/v1/namespaces", "/api/v1/secrets"):
        ask(cluster, path)
    deadline = time.monotonic() + 10
    while len(logged(cluster)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    records = logged(cluster)
    assert [record["requestURI"] for record in records] == ["/api/v1/namespaces", "/api/v1/secrets"]
    log = tmp_path / "audit.ndjson"
    log.write_text("".join(json.dumps(record) + "\n" for record in (*records, records[1])), "utf-8")
    shipped = load([shipped_pack()], None)
    work = tmp_path / "work"
    work.mkdir()
    with Replay(shipped.rules, shipped.site, work) as replay:
        replay.read([str(log)])
        replay.evaluate()
        events, dropped, _, _ = replay.store.extent("kubernetes_audit")
    assert (events, dropped) == (2, 1)
