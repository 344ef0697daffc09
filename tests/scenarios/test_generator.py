"""The shipped logs are what the generator writes, and hold what they promise."""

from functools import cache
from pathlib import PurePosixPath
from typing import Any

import pytest

from fixtures.scenarios.generator import scenarios, write
from tests.scenarios.shipped import NAMES, SCENARIOS, content, described, history, truth, window

SHIPPED_LIMIT = 5_000_000


@cache
def generate(name: str) -> scenarios.Generated:
    """Generate a scenario once for all tests."""
    return scenarios.generate(name)


@pytest.mark.parametrize(
    ("name", "part"), [("ci_token_theft", "history"), ("ci_token_theft", "logs"), ("quiet", "logs")]
)
def test_the_generator_writes_the_shipped_files_again(name: str, part: str) -> None:
    generated = generate(name)
    ours = dict(write.files(generated.history if part == "history" else generated.window))
    folder = SCENARIOS / name / part
    theirs = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    assert {str(path) for path in ours} == {str(path) for path in theirs}
    changed = [path for path, file in theirs.items() if content(file) != ours[PurePosixPath(path)]]
    assert not changed, "the generator changed: write the scenario again, and say so"


def test_the_shipped_truth_is_the_generated_one() -> None:
    file = SCENARIOS / "ci_token_theft" / "truth.ndjson.gz"
    assert content(file) == write.truth(generate("ci_token_theft").window)


def test_the_incident_is_small_enough_to_ship() -> None:
    files = (SCENARIOS / "ci_token_theft").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) < SHIPPED_LIMIT


@pytest.mark.parametrize(("name", "least"), [("ci_token_theft", 20_000), ("quiet", 10_000)])
def test_the_window_holds_enough_events_of_each_source(name: str, least: int) -> None:
    counts = _events(window(name))
    assert sum(counts.values()) >= least
    assert counts == described(name)["events"]["window"]


def test_the_history_is_as_described() -> None:
    assert _events(history("ci_token_theft")) == described("ci_token_theft")["events"]["history"]


def _events(records: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    pairs = {record["request"]["id"] for record in records["vault_audit"]}
    return {source: len(found) for source, found in records.items()} | {"vault_audit": len(pairs)}


@pytest.mark.parametrize("name", NAMES)
def test_many_identities_are_at_work(name: str) -> None:
    found = window(name)
    roles = {
        identity["sessionContext"]["sessionIssuer"]["arn"]
        for record in found["aws_cloudtrail"]
        if "sessionContext" in (identity := record["userIdentity"])
    }
    accounts = {record["user"]["username"] for record in found["kubernetes_audit"]}
    entities = {record["auth"].get("entity_id") for record in found["vault_audit"]} - {None}
    actors = {record.get("actor") for record in found["github_audit"]} - {None}
    assert len(roles) >= 40 and len(accounts) >= 30 and len(entities) >= 10 and len(actors) >= 10


def test_an_event_of_the_attack_is_one_record_of_the_window() -> None:
    found = window("ci_token_theft")
    ids = {source: [_key(source, record) for record in found[source]] for source in found}
    for event in truth():
        assert ids[event["source"]].count(event["event_id"]) == 1, event


def _key(source: str, record: dict[str, Any]) -> str:
    if source == "kubernetes_audit":
        return "|".join(record[key] for key in ("auditID", "stage", "requestReceivedTimestamp"))
    if source == "vault_audit":
        return f"{record['request']['id']}|{record['type']}"
    return str(record["eventID" if source == "aws_cloudtrail" else "_document_id"])


def test_the_truth_tells_every_step_of_the_story() -> None:
    steps = described("ci_token_theft")["steps"]
    assert [step["step"] for step in steps] == sorted({event["step"] for event in truth()})
    assert len(truth()) == described("ci_token_theft")["events"]["attack"]


def test_the_attack_is_a_needle() -> None:
    events = sum(described("ci_token_theft")["events"]["window"].values())
    assert len(truth()) / events < 0.01


def test_the_quiet_week_has_no_attack() -> None:
    assert not any(entry.label for entry in generate("quiet").window)
