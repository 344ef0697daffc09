"""The real API server, auditing secrets at level Metadata, and the real tokens controller: what tells a lasting token."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from rekey.loading import load
from rekey.pack import shipped_pack
from rekey.replay import Replay
from tests.engines import kubernetes as server

RULE = "kubernetes/secret_filled_with_a_lasting_token"


def post(cluster: server.Cluster, path: str, body: dict[str, Any], token: str) -> Any:
    """Make something, as its owner's client would."""
    with cluster.client(token) as client:
        return client.post(path, json=body).raise_for_status().json()


def logged(cluster: server.Cluster, space: str) -> list[dict[str, Any]]:
    """All that was changed in the secrets of a namespace."""
    records = map(json.loads, cluster.audit.read_text("utf-8").splitlines())
    return [
        record
        for record in records
        if record.get("objectRef", {}).get("resource") == "secrets"
        and record["objectRef"].get("namespace") == space
        and record["verb"] in ("create", "update")
    ]


def deployer(cluster: server.Cluster, space: str) -> str:
    """Make a namespace with an account that may make secrets there, and give its token."""
    post(cluster, "/api/v1/namespaces", {"metadata": {"name": space}}, server.ADMIN)
    accounts = f"/api/v1/namespaces/{space}/serviceaccounts"
    post(cluster, accounts, {"metadata": {"name": "deployer"}}, server.ADMIN)
    grants = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{space}"
    right = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}
    role = {"metadata": {"name": "deployer"}, "rules": [right]}
    post(cluster, f"{grants}/roles", role, server.ADMIN)
    binding = {
        "metadata": {"name": "deployer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
        "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": space}],
    }
    post(cluster, f"{grants}/rolebindings", binding, server.ADMIN)
    review = post(cluster, f"{accounts}/deployer/token", {"spec": {}}, server.ADMIN)
    token = str(review["status"]["token"])
    wanted = {"namespace": space, "resource": "secrets", "verb": "create"}
    question = {"spec": {"resourceAttributes": wanted}}
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    deadline = time.monotonic() + 10
    while not post(cluster, reviews, question, token)["status"]["allowed"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return token


def test_a_secret_that_the_tokens_controller_fills_is_told_from_others(
    pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    cluster, space = server.cluster(pytestconfig), f"ci-{uuid.uuid4().hex[:8]}"
    token, secrets = deployer(cluster, space), f"/api/v1/namespaces/{space}/secrets"
    post(cluster, secrets, {"metadata": {"name": "password"}}, token)
    named = {"kubernetes.io/service-account.name": "deployer"}
    lasting = {"name": "lasting", "annotations": named}
    body = {"metadata": lasting, "type": "kubernetes.io/service-account-token"}
    post(cluster, secrets, body, token)
    deadline = time.monotonic() + 30
    while len(logged(cluster, space)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)

    records = logged(cluster, space)
    seen = [(record["verb"], record["objectRef"]["name"]) for record in records]
    assert seen == [("create", "password"), ("create", "lasting"), ("update", "lasting")]
    assert {record["level"] for record in records} == {"Metadata"}
    assert records[2]["userAgent"].endswith("/tokens-controller")
    log = tmp_path / "audit.ndjson"
    log.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    shipped = load([shipped_pack()], None)
    work = tmp_path / "work"
    work.mkdir()
    with Replay(shipped.rules, shipped.site, work) as replay:
        replay.read([str(log)])
        (alert,) = replay.evaluate().alerts
    assert alert.rule.path == RULE
    assert alert.actor.id == f"system:serviceaccount:{space}:deployer"
    assert set(alert.targets) == {f"{space}/secrets/lasting"}
