"""Events from a fake of Splunk's export endpoint are the events of the files."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rekey.cli.main import run
from rekey.errors import ExitCode
from rekey.pack import shipped_pack
from tests.fakes.splunk_rest_fake import TOKEN, SplunkRestFake

RULE = "aws/access_key_quarantined"


@pytest.fixture
def match() -> Path:
    """A log in which a rule fires."""
    return shipped_pack().fixtures / RULE / "match.ndjson"


@pytest.fixture
def splunk(match: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SplunkRestFake]:
    """A Splunk that holds that log, where the app's macro says."""
    monkeypatch.setenv("SPLUNK_TOKEN", TOKEN)
    with SplunkRestFake() as fake:
        fake.default = {"apps/local": {"rekey": {"version": "1"}}}
        fake.events = {"search `rekey_aws_cloudtrail` |": match.read_text().splitlines()}
        yield fake


def replayed(capsys: Any, *source: str) -> tuple[int, list[Any]]:
    """Replay; give the exit code and the alerts' rules and counts."""
    capsys.readouterr()
    code = run(["replay", *source, "--rules", RULE, "--format", "ndjson"])
    alerts = map(json.loads, capsys.readouterr().out.splitlines())
    return code, [(a["rule"]["path"], a["actor"]["id"], a["count"], a["id"]) for a in alerts]


def test_the_alerts_are_those_of_the_file(splunk: SplunkRestFake, match: Path, capsys: Any) -> None:
    live = replayed(capsys, "--from-splunk", splunk.url, "--since", "7d")
    assert live == replayed(capsys, str(match)) and live[1]


def test_only_the_time_that_was_asked_for(splunk: SplunkRestFake, capsys: Any) -> None:
    replayed(capsys, "--from-splunk", splunk.url, "--to", "2026-11-24", "--since", "2d")
    assert {e["earliest_time"] for e in splunk.exports} == {"2026-11-22T00:00:00+00:00"}
    assert {e["latest_time"] for e in splunk.exports} == {"2026-11-24T00:00:00+00:00"}


def test_without_the_app_the_usual_source_types_are_searched(
    splunk: SplunkRestFake, match: Path, capsys: Any
) -> None:
    splunk.default = {"apps/local": {}}
    splunk.events = {'sourcetype="aws:cloudtrail"': match.read_text().splitlines()}
    assert replayed(capsys, "--from-splunk", splunk.url) == replayed(capsys, str(match))


def investigated(splunk: SplunkRestFake, out: Path) -> list[dict[str, Any]]:
    """Investigate; give the alerts of Splunk in the one case."""
    found = ["--to", "2026-12-01", "--since", "60d", "--rules", RULE, "--out", str(out)]
    assert run(["investigate", "--from-splunk", splunk.url, *found]) == ExitCode.OK
    (case,) = json.loads((out / "report.json").read_text())["cases"]
    return list(case["siem_alerts"])


def test_alerts_that_splunk_triggered_join_their_case(
    splunk: SplunkRestFake, match: Path, tmp_path: Path
) -> None:
    event = json.loads(match.read_text().splitlines()[0])
    at = datetime.fromisoformat(event["eventTime"]).timestamp() + 600
    sid = "scheduler__nobody__rekey__RMD5_at_1"
    splunk.fired = {sid: ("rekey aws_access_key_quarantined", at, 2), "other": ("theirs", at, 1),
                    "gone": ("theirs", at, 1), "empty": ("theirs", at, 1),
                    "early": ("theirs", at - 90 * 86400, 1)}  # fmt: skip
    about = {"rekey_rule": RULE, "eventID": [event["eventID"], "another"]}
    splunk.results = {
        sid: [about, {"rekey_rule": RULE, "eventID": "of another case"}],
        "other": [{"user": "somebody else"}], "empty": [], "early": [about],
    }  # fmt: skip
    assert [(a["siem"], a["id"], a["rule"], a["because"]) for a in investigated(splunk, tmp_path)] == [
        ("splunk", f"{sid}#0", RULE, "it names an event of the case")
    ]  # fmt: skip


@pytest.mark.parametrize("fault", ["fatal", "cut"])
def test_a_part_is_not_taken_for_the_whole(splunk: SplunkRestFake, fault: str) -> None:
    setattr(splunk, fault, "the indexer is down" if fault == "fatal" else True)
    assert run(["replay", "--from-splunk", splunk.url, "--rules", RULE]) == ExitCode.INPUT


def test_no_credential(splunk: SplunkRestFake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPLUNK_TOKEN")
    assert run(["replay", "--from-splunk", splunk.url]) == ExitCode.USAGE
