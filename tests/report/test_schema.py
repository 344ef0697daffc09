import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rekey.case import Investigation
from rekey.outcome import Outcome, SourceCount
from rekey.report.json_file import alerts_ndjson, investigation_json
from rekey.report.replay_json import outcome_json
from rekey.report.schema import schemas, write
from tests.report.hostile import hostile
from tests.report.samples import ALERTS, crowded, empty, investigation

COMMITTED = Path(__file__).parents[2] / "docs" / "schemas"


def written(found: Investigation) -> str:
    return "".join(investigation_json(found))


def faults(name: str, document: Any) -> list[str]:
    """Where a document differs from a committed schema, without its (hostile, long) text."""
    schema: dict[str, Any] = json.loads((COMMITTED / name).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    found = Draft202012Validator(schema).iter_errors(document)
    return [f"{error.json_path[:80]}: {error.validator}" for error in found]


def test_the_committed_schemas_are_current(tmp_path: Path) -> None:
    for fresh in write(tmp_path):
        committed = (COMMITTED / fresh.name).read_text("utf-8")
        assert committed == fresh.read_text("utf-8"), (
            "run python -m rekey.report.schema docs/schemas"
        )
    assert {path.name for path in COMMITTED.glob("*.json")} >= set(schemas())


def test_schemas_are_named_after_their_version() -> None:
    assert set(schemas()) == {
        "alert.v1.json", "case.v1.json", "investigation.v1.json", "replay.v1.json",
    }  # fmt: skip
    assert schemas()["alert.v1.json"]["$id"] == "urn:rekey:schema:alert.v1"


def test_published_replays_are_valid() -> None:
    judged = datetime(2026, 11, 24, tzinfo=UTC)
    source = SourceCount("aws_cloudtrail", 7, 1, judged, None)
    outcome = Outcome(
        tuple(ALERTS), {"aws/a": "no log"}, (("aws/b", "x"),), (source,), {"not_json": 1}, (),
        judged.date(), ("it ended",), (("aws/b", "y"),), in_part={"aws/c": ("prod: none",)},
    )  # fmt: skip
    empty_one = Outcome((), {}, (), (), {}, ())
    for each in (outcome, empty_one):
        assert faults("replay.v1.json", json.loads(outcome_json(each))) == []


@pytest.mark.parametrize("make", [investigation, empty, crowded, hostile])
def test_published_investigations_are_valid(make: Any) -> None:
    document = json.loads(written(make()))
    assert faults("investigation.v1.json", document) == []
    assert all(faults("case.v1.json", case) == [] for case in document["cases"])


def test_published_alerts_are_valid() -> None:
    for line in alerts_ndjson(ALERTS):
        assert faults("alert.v1.json", json.loads(line)) == []


@pytest.mark.parametrize("change", [{"level": "dire"}, {"extra": 1}, {"alerts": None}])
def test_the_schema_refuses_what_is_no_case(change: dict[str, Any]) -> None:
    case = json.loads(written(investigation()))["cases"][0] | change
    assert faults("case.v1.json", case)
