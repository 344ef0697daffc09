"""Secrets in the input reach nothing that rekey writes: searched for byte by byte."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rekey.cli.main import run
from rekey.cli.run_options import RunOptions, opened
from rekey.pack import shipped_pack
from tests.investigate.runs import written

CANARY = "CanaryValueThatMustNotSing"

SECRETS: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "aws": (
        "aws/credential_minted_for_another_identity",
        (
            ("responseElements", "credentials", "sessionToken"),
            ("responseElements", "credentials", "secretAccessKey"),
            ("responseElements", "accessKey", "secretAccessKey"),
            ("requestParameters", "webIdentityToken"),
            ("requestParameters", "secretString"),
            ("requestParameters", "password"),
        ),
    ),
    "user_data": (
        "aws/instance_user_data_changed_by_workload",
        (("requestParameters", "userData"),),
    ),
    "kubernetes": (
        "kubernetes/token_minted_for_a_service_account",
        (
            ("responseObject", "status", "token"),
            ("requestObject", "spec", "token"),
            ("responseObject", "data", "password"),
            ("requestObject", "stringData", "password"),
        ),
    ),
    "vault": (
        "vault/orphan_token_minted",
        (
            ("auth", "client_token"),
            ("request", "client_token"),
            ("request", "headers", "authorization"),
            ("request", "headers", "x-vault-token"),
            ("request", "data", "password"),
            ("response", "auth", "client_token"),
            ("response", "data", "password"),
            ("response", "wrap_info", "token"),
        ),
    ),
    "github": (
        "github/deploy_key_with_write_access_added",
        (("config", "secret"), ("request_body",), ("query_string",)),
    ),
}
"""Product → a rule whose alert shows the record, and where such records carry secrets."""

ONLY = [word for rule, _ in SECRETS.values() for word in ("--rules", rule)]

SHAPED = (
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDYW5hcnkifQ.Q2FuYXJ5U2lnbmF0dXJlVGhhdE11c3ROb3RTaW5n",
    "ghp_CanaryCanaryCanaryCanaryCanaryCanary",
    "hvs.CAESICanaryCanaryCanaryCanaryCanaryCanary",
)
"""Secrets that are told by their shape, in texts that nobody would mark."""


def plant(record: dict[str, Any], path: tuple[str, ...]) -> None:
    """Put a canary where a secret would stand, beside what is there."""
    at: Any = record
    for key in path[:-1]:
        if not isinstance(at.get(key), dict):
            at[key] = {}
        at = at[key]
    at[path[-1]] = f"{CANARY}.{'.'.join(path)}"


def planted(product: str) -> Iterator[dict[str, Any]]:
    rule, paths = SECRETS[product]
    for line in (shipped_pack().fixture_folder(rule) / "match.ndjson").read_text().splitlines():
        record = json.loads(line)
        for path in paths:
            plant(record, path)
        name = "user_agent" if product == "github" else "userAgent"
        if product != "vault":
            record[name] = f"tool/1 {' '.join(SHAPED)}"
        yield record


@pytest.fixture(params=["plain", "compressed"])
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """All products' records with canaries: read directly, or by way of a spool."""
    folder = written(tmp_path / "logs", {product: planted(product) for product in SECRETS})
    if request.param == "compressed":
        for file in list(folder.iterdir()):
            file.with_suffix(".ndjson.gz").write_bytes(gzip.compress(file.read_bytes()))
            file.unlink()
    return folder


def sung(data: bytes) -> list[str]:
    """Give what of the secrets stands in some output."""
    whole = (CANARY, *SHAPED)
    return [secret for secret in whole if secret.encode() in data]


def all_files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_canaries_are_in_the_input(logs: Path) -> None:
    data = b"".join(
        gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes()
        for p in logs.iterdir()
    )
    assert sung(data) == [CANARY, *SHAPED]
    assert data.count(CANARY.encode()) >= sum(len(paths) for _, paths in SECRETS.values())


def test_no_report_sings(logs: Path, tmp_path: Path, capfdbinary: Any) -> None:
    out = tmp_path / "out"
    options = ["--state", str(tmp_path / "out.state"), *ONLY]
    assert run(["investigate", str(logs), "--out", str(out), *options]) == 0
    files = all_files(out) | {"state": (tmp_path / "out.state").read_bytes()}
    for name, data in files.items():
        assert sung(data) == [], name
    said = capfdbinary.readouterr()
    assert sung(said.out + said.err) == []
    told = json.loads(files["report.json"])
    raised = [a for case in told["cases"] for a in case["alerts"]] + told["other_alerts"]
    fired = {alert["rule"]["path"] for alert in raised}
    assert fired >= {rule for rule, _ in SECRETS.values()}
    assert b"redacted" in files["report.json"]


@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
def test_no_replay_sings(form: str, logs: Path, capfdbinary: Any) -> None:
    assert run(["replay", str(logs), "--format", form, *ONLY]) == 0
    said = capfdbinary.readouterr()
    assert len(said.out) > 100
    assert sung(said.out + said.err) == []


def marked(data: bytes) -> bool:
    """Say whether a value stands there that the registry marks as secret."""
    return CANARY.encode() in data


@pytest.mark.parametrize("logs", ["plain"], indirect=True)
def test_the_store_of_a_direct_file_holds_no_marked_secret(logs: Path) -> None:
    hold_no_secret(logs)


@pytest.mark.parametrize("logs", ["compressed"], indirect=True)
def test_spools_and_their_store_hold_no_marked_secret(logs: Path) -> None:
    hold_no_secret(logs)


def hold_no_secret(logs: Path) -> None:
    rules = tuple(rule for rule, _ in SECRETS.values())
    with opened(RunOptions((str(logs),), rules=rules, lineage=True)) as replay:
        replay.evaluate()
        replay.store.db.execute("CHECKPOINT")
        files = all_files(replay.workdir)
        assert [name for name, data in files.items() if marked(data)] == []
        named = "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
        for names in replay.store.db.execute(named).fetchall():
            table = ".".join(f'"{each}"' for each in names)
            rows = replay.store.db.execute(f"SELECT * FROM {table}").fetchall()
            assert not marked(repr(rows).encode()), table
