"""The GitHub registry agrees with Elastic's mapping, with the fixtures, and with DuckDB."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rekey.converters.registry import Expression, LogSourceFields, registry

ROOT = Path(__file__).parents[3]
DUCKDB_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}


@pytest.fixture(scope="module")
def source() -> LogSourceFields:
    return registry()["github_audit"]


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


def fixture_records() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted((ROOT / "fixtures" / "github").glob("*/*.ndjson")):
        for line in file.read_text("utf-8").splitlines():
            document = json.loads(line)
            yield file, document.get("record", document)


def test_every_elastic_name_and_type_is_in_elastics_own_table(source: LogSourceFields) -> None:
    table = ROOT / "tests" / "data" / "elastic" / "github.audit.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        indexed = {
            (row["raw_path"], row["elastic_path"], row["type"]) for row in csv.DictReader(lines)
        }
    claimed = {
        (name, field.elastic, field.elastic_type)
        for name, field in source.fields.items()
        if field.elastic is not None
    }
    assert len(claimed) > 50
    assert claimed <= indexed


def test_every_field_has_a_known_source(source: LogSourceFields) -> None:
    assert {field.source for field in source.fields.values()} <= source.sources.keys()


def test_fixtures_hold_times_as_milliseconds_and_the_required_fields(
    source: LogSourceFields,
) -> None:
    for file, record in fixture_records():
        assert all(record.get(name) for name in source.required), file
        assert record[source.time] > 1_700_000_000_000, file


def test_role_fields_occur_in_the_fixtures(source: LogSourceFields) -> None:
    """A field that roles read and that no fixture ever shows is a slip of the pen."""
    seen = {path for _, record in fixture_records() for path in leaves(record)}
    read = {
        name
        for role in source.roles.values()
        for name in (role if isinstance(role, tuple) else named(role.duckdb or ""))
    }
    # Made by single sign-on and by teams, which no rule looks at.
    assert read - seen <= {"managed_hashed_token", "team"}


def test_no_field_lies_under_a_redacted_path(source: LogSourceFields) -> None:
    for name in source.fields:
        assert not any(name == path or name.startswith(f"{path}.") for path in source.redact)


def named(expression: str) -> list[str]:
    return re.findall(r"\{([^}]+)\}", expression)


@pytest.fixture(scope="module")
def database(source: LogSourceFields) -> duckdb.DuckDBPyConnection:
    """One row for each kind of actor, with the registry's own column types."""
    connection = duckdb.connect()
    columns = ", ".join(
        f'"{name}" {DUCKDB_TYPES.get(field.type, "VARCHAR")}{"[]" if source.is_array(name) else ""}'
        for name, field in source.fields.items()
    )
    connection.execute(f"CREATE TABLE events ({columns})")
    rows: list[dict[str, Any]] = [
        {"actor": "deploy_key", "programmatic_access_type": "Public Key (User/Deploy)"},
        {"actor": "renovate[bot]", "repo": ""},
        {"actor": "hubot", "actor_is_bot": True},
        {"actor": "octocat", "programmatic_access_type": "Personal access token (classic)"},
        {"actor": "octocat", "programmatic_access_type": "OAuth access token"},
        {"actor": "octocat", "status_code": 403},
        {"actor": "dependabot[bot]", "status_code": 502},
        {"actor": "", "action": "git.clone"},
        {"action": "protected_branch.rejected_ref_update"},
        {"action": "external_group.scim_api_failure"},
    ]
    for number, row in enumerate(rows):
        full = {"@timestamp": number, "action": "git.fetch", "repo": "example-org/app"} | row
        names = ", ".join(f'"{name}"' for name in full)
        marks = ", ".join("?" for _ in full)
        connection.execute(f"INSERT INTO events ({names}) VALUES ({marks})", [*full.values()])
    return connection


def values(database: duckdb.DuckDBPyConnection, expression: str) -> list[Any]:
    sql = re.sub(r"\{([^}]+)\}", r'"\1"', expression)
    rows = database.execute(f'SELECT {sql} FROM events ORDER BY "@timestamp"').fetchall()
    return [row[0] for row in rows]


def test_actors_are_told_apart(
    source: LogSourceFields, database: duckdb.DuckDBPyConnection
) -> None:
    kinds = values(database, source.derived["actor.kind"].duckdb or "")
    assert kinds == [
        "workload", "workload", "workload", "unknown", "human", "human", "provider", "unknown",
        "unknown", "unknown",
    ]  # fmt: skip
    role = source.roles["actor.id"]
    assert isinstance(role, Expression)
    ids = values(database, role.duckdb or "")
    assert ids[:2] == ["deploy_key@example-org/app", "renovate[bot]"]
    assert ids[7:9] == [None, None]


def test_outcomes_and_subjects(
    source: LogSourceFields, database: duckdb.DuckDBPyConnection
) -> None:
    outcome, subject = source.roles["action.outcome"], source.roles["credential.subject"]
    assert isinstance(outcome, Expression)
    assert isinstance(subject, Expression)
    assert values(database, outcome.duckdb or "")[4:] == [
        "success", "denied", "failure", "success", "denied", "failure",
    ]  # fmt: skip
    assert values(database, subject.duckdb or "")[:2] == ["repo:example-org/app", None]


def test_mints_are_conditions_on_known_actions(
    source: LogSourceFields, database: duckdb.DuckDBPyConnection
) -> None:
    assert source.mint is not None
    assert not any(values(database, source.mint))
    minting = source.mint.replace("{action}", "'public_key.create'")
    assert all(values(database, minting))
