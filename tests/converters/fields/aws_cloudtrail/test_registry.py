"""The registry agrees with Elastic's mapping, with the fixtures, and with itself."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rekey.converters.duckdb.layout import Layout
from rekey.converters.registry import LogSourceFields, placeholders

ROOT = Path(__file__).parents[4]


def fixture_records() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted((ROOT / "fixtures" / "aws").glob("*/*.ndjson")):
        for line in file.read_text("utf-8").splitlines():
            document = json.loads(line)
            yield file, document.get("record", document)


def has_path(document: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    key, is_array = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(document, dict) or key not in document:
        return False
    below = document[key] if is_array else [document[key]]
    return any(has_path(item, path[1:]) for item in below or [])


def test_every_elastic_name_and_type_is_in_elastics_own_table(source: LogSourceFields) -> None:
    table = ROOT / "tests" / "data" / "elastic" / "aws.cloudtrail.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    exact = {(row["elastic_path"], row["type"]) for row in rows}
    flattened = tuple(row["elastic_path"][:-1] for row in rows if row["raw_path"].endswith(".*"))
    dropped = {row["raw_path"] for row in rows if not row["elastic_path"]}
    for name, field in source.fields.items():
        if field.elastic is None:
            assert field.note, name
        elif field.elastic_type == "flattened":
            assert field.elastic.startswith(flattened), name
        else:
            assert (field.elastic, field.elastic_type) in exact, name
        assert not (field.elastic and name in dropped), name


def test_every_field_has_a_known_source_and_none_is_a_secret(source: LogSourceFields) -> None:
    assert {field.source for field in source.fields.values()} <= source.sources.keys()
    secrets = [tuple(path.replace("[]", "").split(".")) for path in source.redact]
    for name, field in source.fields.items():
        if field.presence_only:
            continue
        keys = tuple(key.removesuffix("[]") for key in source.path(name))
        for secret in secrets:
            wanted = zip(secret, keys, strict=False)
            assert len(secret) > len(keys) or not all(a in ("*", b) for a, b in wanted), name


def test_every_expression_names_fields_of_the_registry(source: LogSourceFields) -> None:
    names = frozenset({*source.roles, *source.derived})
    layout = Layout(source, names)
    assert all(layout.column(name) for name in names)
    assert set(placeholders(source.mint or "")) <= source.fields.keys()


def test_fixtures_hold_the_required_fields_and_most_roles(source: LogSourceFields) -> None:
    seen: set[str] = set()
    for file, record in fixture_records():
        assert all(record.get(name) for name in (*source.required, *source.key)), file
        seen |= {name for name in source.fields if has_path(record, source.path(name))}
    read = {
        name
        for role in source.roles.values()
        for name in (role if isinstance(role, tuple) else placeholders(role.duckdb or ""))
        if name in source.fields
    }
    # Set by a site's own trust policies, by IAM Identity Center, vendors and Roles Anywhere.
    assert read - seen <= {
        "userIdentity.sessionContext.sourceIdentity", "requestParameters.sourceIdentity",
        "userIdentity.onBehalfOf.userId", "userIdentity.invokedByDelegate.accountId",
        "userIdentity.credentialId", "requestParameters.functionName",
        "responseElements.credentialSet.credentials.accessKeyId",
    }  # fmt: skip
