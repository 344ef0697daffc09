"""The Kubernetes registry agrees with an API server's own log, with Elastic's mapping, and DuckDB.

``tests/data/kubernetes_audit_1.36.3.ndjson`` was written by kube-apiserver 1.36.3, in part at level
RequestResponse; tokens are scrubbed, managedFields and long values cut.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rekey.converters.duckdb.layout import Layout, columns_argument
from rekey.converters.registry import LogSourceFields, registry
from rekey.sources.redact import REDACTED, redactor

DATA = Path(__file__).parents[2] / "data"
CAPTURED = DATA / "kubernetes_audit_1.36.3.ndjson"
RECORDS: list[dict[str, Any]] = [
    json.loads(line) for line in CAPTURED.read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def source() -> LogSourceFields:
    return registry()["kubernetes_audit"]


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names as the registry writes them, with values; items share the array's name."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for item in document:
            yield from leaves(item, path)
    elif document is not None:
        yield path, document


SEEN = {path for record in RECORDS for path, _ in leaves(record)}


def test_fields_marked_as_seen_were_seen(source: LogSourceFields) -> None:
    marked = {name for name, field in source.fields.items() if field.evidence == "E"}
    assert len(marked) > 50
    assert marked - SEEN == set()


def test_everything_outside_the_bodies_is_described(source: LogSourceFields) -> None:
    bodies = ("requestObject.", "responseObject.", "responseStatus.details.")
    assert {name for name in SEEN - source.fields.keys() if not name.startswith(bodies)} == set()


def test_array_marks_fit_the_log(source: LogSourceFields) -> None:
    for name in source.fields.keys() & SEEN:
        for record in RECORDS:
            value: Any = [record]
            for key in source.path(name):
                below = [v.get(key.removesuffix("[]")) for v in value if isinstance(v, dict)]
                present = [v for v in below if v is not None]
                assert all(isinstance(v, list) == key.endswith("[]") for v in present), name
                value = [x for v in present for x in (v if isinstance(v, list) else [v])]


def test_required_fields_are_on_every_line(source: LogSourceFields) -> None:
    for record in RECORDS:
        assert set(source.required) <= {path for path, _ in leaves(record)}


def test_key_is_unique_in_the_log(source: LogSourceFields) -> None:
    keys = [tuple(record[part] for part in source.key) for record in RECORDS]
    assert len(set(keys)) == len(keys)
    assert len({record["auditID"] for record in RECORDS}) < len(keys), "one request, two stages"


def elastic_rows() -> list[dict[str, str]]:
    with (DATA / "elastic" / "kubernetes.audit_logs.csv").open(encoding="utf-8", newline="") as f:
        return [{**row, "raw_path": row["raw_path"].replace("[]", "")} for row in csv.DictReader(f)]


def test_every_elastic_name_is_in_elastics_own_table(source: LogSourceFields) -> None:
    rows = [row for row in elastic_rows() if row["raw_path"] and row["elastic_path"]]
    for name, field in source.fields.items():
        if field.elastic is not None:
            assert any(
                fnmatchcase(name, row["raw_path"])
                and fnmatchcase(field.elastic, row["elastic_path"])
                and row["type"] == field.elastic_type
                for row in rows
            ), name


def test_fields_without_an_elastic_name_are_not_in_its_table(source: LogSourceFields) -> None:
    indexed = {row["raw_path"] for row in elastic_rows() if row["elastic_path"]}
    assert {n for n, f in source.fields.items() if f.elastic is None} & indexed == set()


def test_every_field_has_a_known_source(source: LogSourceFields) -> None:
    assert {field.source for field in source.fields.values()} <= source.sources.keys()


def planted(path: str) -> dict[str, Any]:
    """A record with a canary at a redacted path."""
    head, dot, last = path.partition(".kubectl.kubernetes.io/")
    keys = [*head.split("."), *([f"kubectl.kubernetes.io/{last}"] if dot else [])]
    value: Any = "canary"
    for key in reversed(keys):
        name = "any" if key == "*" else key.removesuffix("[]")
        value = {name: [value, deepcopy(value)] if key.endswith("[]") else value}
    assert isinstance(value, dict)
    return value


def test_every_redacted_path_is_followed(source: LogSourceFields) -> None:
    for path in source.redact:
        record = planted(path)
        redactor(source).redact(record)
        assert "canary" not in json.dumps(record), path
        assert REDACTED in json.dumps(record), path


def test_secrets_and_tokens_of_the_log_are_blanked(source: LogSourceFields) -> None:
    blanked = set()
    for record in deepcopy(RECORDS):
        before = dict(leaves(record))
        redactor(source).redact(record)
        after = dict(leaves(record))
        blanked |= {path for path, value in after.items() if before.get(path) != value}
        assert "dg==" not in json.dumps(record), "the value of a Secret"
    assert {
        "requestObject.data.k",
        "responseObject.data.k",
        "responseObject.items.data.k",
        "responseObject.items.data.token",
        "requestObject.status.token",
        "responseObject.status.token",
        "requestObject.spec.token",
        "responseObject.spec.token",
    } <= blanked
    assert all(path.startswith(("requestObject.", "responseObject.")) for path in blanked)


def test_roles_and_rules_never_rest_on_a_redacted_field(source: LogSourceFields) -> None:
    for name in source.fields:
        record = planted(name) if "/" not in name else {}
        copy = deepcopy(record)
        redactor(source).redact(copy)
        assert copy == record, name


def evaluated(
    source: LogSourceFields,
    *names: str,
    where: str = "true",
    log: Path = CAPTURED,
    context: str | None = None,
) -> list[tuple[Any, ...]]:
    """Roles and derived fields of a log, as the embedded engine computes them."""
    layout = Layout(source, frozenset({*names, "verb"}))
    light = [f'{layout.light_expression(raw)} AS "{raw}"' for raw in layout.light]
    heavy = [
        f'json_transform("{root}", \'{layout.heavy_structure(root)}\') AS "{root}"'
        for root in layout.heavy_roots
    ]
    inner = ", ".join([*light, *heavy, f"{context!r} AS \"rekey.context\"" if context else
                       'NULL::VARCHAR AS "rekey.context"'])  # fmt: skip
    wanted = ", ".join(
        layout.source_kind() if name == "actor.kind" else layout.column(name) for name in names
    )
    columns = columns_argument(layout.json_columns())
    scan = f"read_json('{log}', format='newline_delimited', columns={columns})"
    sql = f"SELECT {wanted} FROM (SELECT {inner} FROM {scan}) WHERE {where}"
    return duckdb.connect().execute(sql).fetchall()


def one(source: LogSourceFields, tmp_path: Path, record: dict[str, Any], *names: str) -> Any:
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps(record), "utf-8")
    (row,) = evaluated(source, *names, log=log)
    return row[0] if len(names) == 1 else row


def test_every_role_and_derived_field_runs(source: LogSourceFields) -> None:
    names = [*source.roles, *source.derived]
    rows = evaluated(source, *names)
    assert len(rows) == len(RECORDS)
    filled = {name for row in rows for name, value in zip(names, row, strict=True) if value}
    assert names and set(names) - filled == {
        "actor.account", "origin.cluster", "credential.age_hours", "pod.runs",
    }  # fmt: skip


def test_the_cluster_stands_before_the_actor_where_it_is_known(source: LogSourceFields) -> None:
    with_cluster = evaluated(source, "actor.id", "actor.account", context="prod")
    names = {row[0] for row in with_cluster if row[0]}
    assert "prod/system:anonymous" in names
    assert all(name.startswith("prod/") for name in names)
    assert {row[1] for row in with_cluster} == {"prod"}
    assert "system:anonymous" in {row[0] for row in evaluated(source, "actor.id")}


def test_a_mint_is_joined_to_the_uses_of_its_token(source: LogSourceFields) -> None:
    layout = Layout(source, frozenset(source.fields))
    assert layout.fill(source.mint or "").endswith("IS NOT NULL")
    minted = {row[0] for row in evaluated(source, "credential.minted_id") if row[0]}
    used = {row[0] for row in evaluated(source, "credential.id") if row[0]}
    assert len(minted) >= 3
    assert all(each.startswith("JTI=") for each in minted)
    assert minted & used, "the token of a TokenRequest is used later in the log"


def test_tokens_of_secrets_have_no_id(source: LogSourceFields) -> None:
    annotation = "annotations.authentication.k8s.io/legacy-token"
    rows = evaluated(source, annotation, "credential.id", "credential.kind")
    legacy = [row[1:] for row in rows if row[0]]
    assert legacy
    assert set(legacy) == {(None, "k8s_token")}


@pytest.mark.parametrize(
    ("addresses", "origin"),
    [
        (["10.0.12.41"], "10.0.12.41"),
        (["203.0.113.77"], "203.0.113.77"),
        (["10.0.0.1", "203.0.113.77"], "203.0.113.77"),  # the client claims an inner address
        (["198.51.100.10", "10.0.12.41"], "198.51.100.10"),
        (["203.0.113.77", "10.244.3.7"], "203.0.113.77"),  # AKS
        (["192.0.2.1", "203.0.113.77", "172.31.22.97"], "203.0.113.77"),
        (["10.0.0.1", "10.0.12.41"], "10.0.12.41"),
        (["172.32.0.1", "100.64.0.9", "169.254.0.9"], "172.32.0.1"),
        (["2001:db8::7", "fd00::1"], "2001:db8::7"),
        (["::1"], "::1"),
        ([], None),
    ],
)
def test_origin_is_the_peer_of_the_outermost_proxy(
    source: LogSourceFields, tmp_path: Path, addresses: list[str], origin: str | None
) -> None:
    assert one(source, tmp_path, {"sourceIPs": addresses}, "origin.ip") == origin


SSO = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice"


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ({"username": "system:serviceaccount:payments:checkout"}, "workload"),
        ({"username": "system:serviceaccount:kube-system:coredns"}, "workload"),
        ({"username": "system:node:worker-1"}, "provider"),
        ({"username": "system:kube-controller-manager"}, "provider"),
        ({"username": "eks:node-manager"}, "provider"),
        ({"username": "aksService"}, "provider"),
        ({"username": "alice@example.com"}, "human"),
        ({"username": SSO}, "human"),
        ({"username": "admin", "extra": {"arn": [SSO]}}, "human"),
        ({"username": "ci", "extra": {"arn": ["arn:aws-cn:sts::111122223333:assumed-role/ci/r"]}},
         "workload"),
        ({"username": "kubernetes-admin"}, "unknown"),
        ({"username": "system:anonymous"}, "unknown"),
        ({}, "unknown"),
    ],
)  # fmt: skip
def test_actors_are_told_apart(
    source: LogSourceFields, tmp_path: Path, user: dict[str, Any], kind: str
) -> None:
    assert one(source, tmp_path, {"user": user}, "actor.kind") == kind


@pytest.mark.parametrize(
    ("extra", "credential"),
    [
        ({"authentication.kubernetes.io/credential-id": ["JTI=1"]}, ("JTI=1", "k8s_token")),
        ({"authentication.kubernetes.io/credential-id": ["X509SHA256=a"]},
         ("X509SHA256=a", "k8s_client_cert")),
        ({"accessKeyId": ["ASIAIOSFODNN7EXAMPLE"]}, ("ASIAIOSFODNN7EXAMPLE", "aws_session_key")),
        ({"accessKeyId": ["AKIAIOSFODNN7EXAMPLE"]}, ("AKIAIOSFODNN7EXAMPLE", "aws_access_key")),
        ({}, (None, "k8s_token")),
    ],
)  # fmt: skip
def test_credentials_of_all_flavours(
    source: LogSourceFields, tmp_path: Path, extra: dict[str, Any], credential: tuple[str, str]
) -> None:
    record = {"user": {"username": "system:serviceaccount:a:b", "extra": extra}}
    assert one(source, tmp_path, record, "credential.id", "credential.kind") == credential


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(200, "success"), (101, "success"), (401, "denied"), (403, "denied"), (404, "failure"),
     (500, "failure")],
)  # fmt: skip
def test_outcomes(source: LogSourceFields, tmp_path: Path, code: int, outcome: str) -> None:
    record = {"responseStatus": {"code": code}}
    assert one(source, tmp_path, record, "action.outcome") == outcome


def test_action_and_target_are_readable(source: LogSourceFields) -> None:
    rows = set(evaluated(source, "action.name", "target.id"))
    assert ("list secrets", "secrets") in rows
    assert ("create serviceaccounts/token", "payments/serviceaccounts/ledger") in rows
    assert ("get /version", "/version") in rows


def marks_of(source: LogSourceFields, value: str) -> tuple[set[str], re.Pattern[str]]:
    """Give what Elastic looks for, which must be the same in each field, and Splunk's pattern."""
    expression = source.derived["pod.runs"]
    assert isinstance(expression.elastic, tuple)
    (case,) = (case for case in expression.elastic if case.value == value)
    assert isinstance(case.when, list)
    marks: set[str] = set()
    for when in case.when:
        ((_, asked),) = when.items()
        assert isinstance(asked, list)
        assert not marks or marks == set(asked)
        marks = {str(mark) for mark in asked}
    texts = str(expression.splunk).split('"')
    return marks, re.compile(texts[texts.index(value) - 2])


@pytest.mark.parametrize("key", ["command", "args", "image"])
def test_every_mark_of_a_miner_is_known_to_all_engines(
    source: LogSourceFields, tmp_path: Path, key: str
) -> None:
    marks, pattern = marks_of(source, "miner")
    assert len(marks) > 15
    for mark in marks:
        text = f"x/{mark}y" if key == "image" else ["sh", "-c", f"run -o {mark.upper()}y"]
        record = {"requestObject": {"spec": {"containers": [{key: text}]}}}
        assert one(source, tmp_path, record, "pod.runs") == "miner", mark
        assert pattern.search(mark), mark


SPECS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "pod": lambda pod: pod,
    "template": lambda pod: {"template": {"spec": pod}},
    "schedule": lambda pod: {"jobTemplate": {"spec": {"template": {"spec": pod}}}},
}


@pytest.mark.parametrize("kind", SPECS)
@pytest.mark.parametrize("containers", ["containers", "initContainers"])
@pytest.mark.parametrize("key", ["command", "args"])
def test_every_mark_of_persistence_is_known_to_all_engines(
    source: LogSourceFields, tmp_path: Path, kind: str, containers: str, key: str
) -> None:
    marks, pattern = marks_of(source, "node persistence")
    assert len(marks) > 5
    for mark in marks:
        pod = {containers: [{key: ["sh", "-c", f"echo x >> /{mark}d"]}]}
        record = {"requestObject": {"spec": SPECS[kind](pod)}}
        assert one(source, tmp_path, record, "pod.runs") == "node persistence", mark
        assert pattern.search(mark), mark


@pytest.mark.parametrize(
    "said",
    ["crond -f -c /etc/crontabs", "echo x >> /etc/crontab", "crontab /var/spool/cron/root",
     "ldconfig -f /etc/ld.so.conf", "cp /host/etc/kubernetes/manifests/etcd.yaml /backup",
     "cp x.service /host/etc/systemd/system/", "ls /etc/ssh/sshd_config", "cron -f"],
)  # fmt: skip
def test_what_a_container_keeps_for_itself_is_no_persistence(
    source: LogSourceFields, tmp_path: Path, said: str
) -> None:
    pod = {"containers": [{"image": "a/b:1", "command": ["sh", "-c", said]}]}
    assert one(source, tmp_path, {"requestObject": {"spec": pod}}, "pod.runs") is None


@pytest.mark.parametrize(
    "command",
    [["falco", "-r", "/rules/miners.yaml"], ["bmv2", "--stratum=1"], ["train", "--algo=random"],
     ["donate", "--level=1"], []],
)  # fmt: skip
def test_what_only_sounds_like_a_miner_is_none(
    source: LogSourceFields, tmp_path: Path, command: list[str]
) -> None:
    record = {"requestObject": {"spec": {"containers": [{"image": "a/b:1", "command": command}]}}}
    assert one(source, tmp_path, record, "pod.runs") is None


@pytest.mark.parametrize(
    ("username", "namespace", "own"),
    [
        ("system:serviceaccount:web:frontend", "web", "true"),
        ("system:serviceaccount:web:frontend", "data", "false"),
        ("system:serviceaccount:web-2:frontend", "web", "false"),
        ("system:serviceaccount:web:frontend", None, None),
        ("system:serviceaccount:web:frontend", "", None),
        ("alice@example.com", "web", None),
        (None, "web", None),
    ],
)
def test_a_service_account_has_a_namespace_of_its_own(
    source: LogSourceFields,
    tmp_path: Path,
    username: str | None,
    namespace: str | None,
    own: str | None,
) -> None:
    record = {"user": {"username": username}, "objectRef": {"namespace": namespace}}
    assert one(source, tmp_path, record, "target.own_namespace") == own


def test_delegation_names_who_really_asked(source: LogSourceFields) -> None:
    rows = [row for row in evaluated(source, "delegation.original", "actor.id") if row[0]]
    assert rows
    assert all(original == actor for original, actor in rows)
