"""The Vault registry agrees with Vault's own log, with Elastic's mapping, and with DuckDB.

``tests/data/vault_audit_1.14.1.ndjson`` was written by Vault 1.14.1 (file device, kv v1 and v2,
AppRole, userpass, batch tokens, wrapping, root generation); each line is as Vault wrote it.
"""

import csv
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rekey.converters.duckdb.layout import Layout, columns_argument
from rekey.converters.registry import LogSourceFields, registry
from rekey.sources.redact import REDACTED, redactor

DATA = Path(__file__).parents[2] / "data"
CAPTURED = DATA / "vault_audit_1.14.1.ndjson"
RECORDS: list[dict[str, Any]] = [
    json.loads(line) for line in CAPTURED.read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def source() -> LogSourceFields:
    return registry()["vault_audit"]


def leaves(document: Any, path: str = "") -> Iterator[str]:
    """Dotted names as the registry writes them: array items share the array's name."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for item in document:
            yield from leaves(item, path)
    else:
        yield path


def elastic_rows() -> dict[tuple[str, str], str]:
    """Raw path without array marks and indexed path → type."""
    with (DATA / "elastic" / "hashicorp_vault.audit.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return {
            (row["raw_path"].replace("[]", ""), row["elastic_path"]): row["type"]
            for row in csv.DictReader(file)
        }


def test_fields_marked_as_seen_were_seen(source: LogSourceFields) -> None:
    seen = {path for record in RECORDS for path in leaves(record)}
    marked = {name for name, field in source.fields.items() if field.evidence == "E"}
    assert len(marked) > 40
    assert marked <= seen


def test_the_log_holds_no_field_that_is_neither_described_nor_redacted(
    source: LogSourceFields,
) -> None:
    seen = {path for record in RECORDS for path in leaves(record)}
    known = {
        name
        for name in seen
        if name in source.fields
        or any(name == p or name.startswith(p.removesuffix("*")) for p in source.redact)
    }
    # The response repeats the mount of the request.
    assert {name for name in seen - known if not name.startswith("response.mount_")} == set()


def test_required_fields_are_on_every_line(source: LogSourceFields) -> None:
    for record in RECORDS:
        assert set(source.required) <= set(leaves(record))


def test_every_elastic_name_is_in_elastics_own_table(source: LogSourceFields) -> None:
    rows = elastic_rows()
    flattened = {raw for (raw, _), kind in rows.items() if kind == "flattened"}
    for name, field in source.fields.items():
        if field.elastic is None:
            continue
        if field.elastic_type == "flattened":
            assert field.elastic == f"hashicorp_vault.audit.{name}"
            assert any(name.startswith(f"{root}.") for root in flattened), name
        else:
            assert rows[name, field.elastic] == field.elastic_type


def test_every_field_has_a_known_source(source: LogSourceFields) -> None:
    assert {field.source for field in source.fields.values()} <= source.sources.keys()


def test_a_raw_device_leaks_nothing(source: LogSourceFields) -> None:
    """With log_raw every hash stands in clear: what was a hash of a secret must be blanked."""
    for record in RECORDS:
        raw = json.loads(json.dumps(record).replace("hmac-sha256:", "canary:"))
        redactor(source).redact(raw)
        for path, value in values_of(raw):
            assert "canary:" not in str(value) or path.endswith("accessor"), path
        assert raw["request"]["path"] == record["request"]["path"]


def test_a_nonce_of_a_cloud_login_is_blanked(source: LogSourceFields) -> None:
    record = {"auth": {"metadata": {"nonce": "canary", "role": "web"}}}
    redactor(source).redact(record)
    assert record["auth"]["metadata"] == {"nonce": REDACTED, "role": "web"}


def values_of(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from values_of(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for item in document:
            yield from values_of(item, path)
    else:
        yield path, document


def evaluated(
    source: LogSourceFields, *names: str, where: str = "true", log: Path = CAPTURED
) -> list[tuple[Any, ...]]:
    """Roles and derived fields of a log, as the embedded engine computes them."""
    layout = Layout(source, frozenset({*names, source.time, *source.fields}))
    light = ", ".join(f'{layout.light_expression(raw)} AS "{raw}"' for raw in layout.raw)
    wanted = ", ".join(f"({expression(source, layout, name)})" for name in names)
    columns = columns_argument(layout.json_columns())
    scan = f"read_json('{log}', format='newline_delimited', columns={columns})"
    sql = f"SELECT {wanted} FROM (SELECT {light} FROM {scan}) WHERE {where} ORDER BY time"
    return duckdb.connect().execute(sql).fetchall()


def expression(source: LogSourceFields, layout: Layout, name: str) -> str:
    return layout.source_kind() if name == "actor.kind" else layout.column(name)


def test_a_login_mints_and_a_renewal_does_not(source: LogSourceFields) -> None:
    logins = evaluated(
        source, "credential.id", "credential.minted_id", "auth.accessor", "action.outcome",
        where="\"request.path\" = 'auth/approle/login' AND type = 'response'",
    )  # fmt: skip
    assert [row[0] for row in logins] == [None] * 4
    service, batch, wrapped, failed = logins
    assert service[1] == service[2] and service[3] == "success"
    assert batch[1:] == (None, None, "success")
    assert wrapped[1] == wrapped[2] and wrapped[3] == "success"
    assert failed[1:] == (None, None, "failure")
    where = "\"request.path\" IN ('auth/token/renew-self', 'sys/wrapping/unwrap')"
    assert evaluated(source, "credential.minted_id", where=where) == [(None,)] * len(
        evaluated(source, "type", where=where)
    )


def test_mint_condition_and_minted_id_agree(source: LogSourceFields) -> None:
    layout = Layout(source, frozenset(source.fields))
    mint = layout.fill(source.mint or "false")
    minted = evaluated(source, "credential.minted_id", where=mint)
    assert len(minted) >= 5
    assert all(row[0] for row in minted)
    assert all(
        row[0] is None for row in evaluated(source, "credential.minted_id", where=f"NOT ({mint})")
    )


def test_a_minted_token_ends_when_its_ttl_has_passed(source: LogSourceFields) -> None:
    rows = evaluated(source, "credential.minted_expires_at", "time", "response.auth.token_ttl")
    lifetimes = [
        (end - datetime.fromisoformat(time[:26]), ttl) for end, time, ttl in rows if end is not None
    ]
    assert len(lifetimes) >= 5
    assert all(round(span.total_seconds()) == ttl for span, ttl in lifetimes)


@pytest.mark.parametrize("ttl", [{"token_ttl": 0}, {}])
def test_a_minted_token_without_a_lifetime_never_ends(
    source: LogSourceFields, tmp_path: Path, ttl: dict[str, int]
) -> None:
    """Root tokens: not one that had ended when it was made."""
    record = {
        "time": "2026-11-23T09:00:00Z", "type": "response",
        "request": {"id": "1", "path": "auth/token/create", "operation": "update"},
        "response": {"auth": {"accessor": "hmac-sha256:aa", "policies": ["root"], **ttl}},
    }  # fmt: skip
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps(record), "utf-8")
    ((minted, ends),) = evaluated(
        source, "credential.minted_id", "credential.minted_expires_at", log=log
    )
    assert (minted, ends) == ("hmac-sha256:aa", None)


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("secret/data/other", "denied"),
        ("nomount/x", "denied"),
        ("sys/wrapping/unwrap", "failure"),
        ("kv1/a/b", "success"),
    ],
)
def test_outcomes(source: LogSourceFields, path: str, outcome: str) -> None:
    found = evaluated(source, "action.outcome", where=f"\"request.path\" = '{path}'")
    assert (outcome,) in found


@pytest.mark.parametrize(
    ("auth", "kind"),
    [
        ({"display_name": "approle", "metadata": {"role_name": "web"}}, "workload"),
        ({"display_name": "ci-prod", "metadata": {"role_name": "web"}}, "workload"),
        ({"display_name": "k8s-shop-web", "metadata": {"service_account_name": "web"}}, "workload"),
        ({"display_name": "github-repo:example-org/app:ref:refs/heads/main"}, "workload"),
        ({"display_name": "gcp-web@example.iam.gserviceaccount.com",
          "metadata": {"service_account_email": "web@example.iam.gserviceaccount.com"}}, "workload"),
        ({"display_name": "aws-web", "metadata": {
            "canonical_arn": "arn:aws:iam::111122223333:role/web"}}, "workload"),
        ({"display_name": "aws-alice", "metadata": {"canonical_arn": "arn:aws:iam::111122223333:"
          "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"}}, "human"),
        ({"display_name": "userpass-alice", "metadata": {"username": "alice"}}, "human"),
        ({"display_name": "oidc-00u1a2b3", "metadata": {"role": "developer"}}, "human"),
        ({"display_name": "corp-alice@example.com", "metadata": {"role": "developer"}}, "human"),
        ({"display_name": "token-terraform", "metadata": {"role_name": "deploy"}}, "unknown"),
        ({"display_name": "userpass-alice", "policies": ["root"]}, "unknown"),
        ({"display_name": "token-reports"}, "unknown"),
        ({"token_type": "default"}, "unknown"),
    ],
)  # fmt: skip
def test_actors_are_told_apart(
    source: LogSourceFields, tmp_path: Path, auth: dict[str, Any], kind: str
) -> None:
    log = tmp_path / "log.ndjson"
    record = {"time": "2026-11-23T09:00:00Z", "type": "response", "auth": auth}
    log.write_text(json.dumps(record), "utf-8")
    assert evaluated(source, "actor.kind", log=log) == [(kind,)]


@pytest.mark.parametrize(
    ("own", "path", "policies", "namespaces"),
    [
        ("true", "sys/policies/acl/web", ["default", "web"], ["root"]),
        ("true", "sys/policies/acl/Team/Web", ["team/web"], None),
        ("true", "sys/policy/default", ["default", "web"], ["aB3kz", "root"]),
        ("false", "sys/policies/acl/web2", ["default", "web"], ["root"]),
        ("false", "sys/policies/acl/we.", ["web"], ["root"]),
        ("false", "sys/policies/egp/web", ["web"], ["root"]),
        ("false", "sys/policies/acl/", [""], ["root"]),
        ("false", "sys/policies/acl/web", None, ["root"]),
        ("false", "sys/policies/acl/web", ["web"], ["aB3kz"]),
    ],
)
def test_a_policy_that_the_token_holds_itself(
    source: LogSourceFields,
    tmp_path: Path,
    own: str,
    path: str,
    policies: list[str] | None,
    namespaces: list[str] | None,
) -> None:
    log = tmp_path / "log.ndjson"
    granting = [{"name": "x", "namespace_id": each, "type": "acl"} for each in namespaces or ()]
    auth = {"policies": policies, "policy_results": {"granting_policies": granting or None}}
    request = {"path": path, "namespace": {"id": "root"}}
    log.write_text(
        json.dumps({"time": "2026-11-23T09:00:00Z", "auth": auth, "request": request}), "utf-8"
    )
    assert evaluated(source, "policy.is_own", log=log) == [(own,)]


def test_age_counts_from_the_issue_of_the_token(source: LogSourceFields, tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    issued = {"token_issue_time": "2026-11-21T11:30:00+02:00"}
    log.write_text(json.dumps({"time": "2026-11-23T09:30:00.5Z", "auth": issued}), "utf-8")
    ((age,),) = evaluated(source, "credential.age_hours", log=log)
    assert age == pytest.approx(48, abs=0.001)
    assert all(a is None or 0 <= a < 1 for (a,) in evaluated(source, "credential.age_hours"))


def test_an_old_token_that_comes_along_with_a_login_is_not_its_parent(
    source: LogSourceFields, tmp_path: Path
) -> None:
    login = deepcopy(next(r for r in RECORDS if "entity_created" in r["auth"]))
    old = next(filter(None, (r["request"].get("client_token_accessor") for r in RECORDS)))
    login["request"]["client_token_accessor"] = old
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps(login), "utf-8")
    ((used, minted),) = evaluated(source, "credential.id", "credential.minted_id", log=log)
    assert used is None
    assert minted == login["response"]["auth"]["accessor"]
