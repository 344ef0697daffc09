"""A site file, from the command line to the alerts that are no longer raised."""

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.fixtures.repeats import expand
from rekey.pack import shipped_pack

RULE = "aws/role_assumed_by_new_subject"

ANNOUNCED = """
announced:
  - id: our-ci
    kind: issuer
    values: [token.actions.githubusercontent.com]
    owner: platform@example.com
    reason: roll-out
    expires: EXPIRES
"""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The events on which the rule fires, as a log."""
    file = tmp_path / "cloudtrail.ndjson"
    match = shipped_pack().fixture_folder(RULE) / "match.ndjson"
    file.write_bytes(b"\n".join(expand(match)) + b"\n")
    return file


def alerts(capsys: pytest.CaptureFixture[str], logs: Path, site: str | None) -> list[str]:
    options = []
    if site is not None:
        file = logs.parent / "site.yml"
        file.write_text(site)
        options = ["--site", str(file)]
    assert run(["replay", str(logs), "--rules", RULE, "--format", "ndjson", *options]) == 0
    return [json.loads(line)["rule"]["path"] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("site", "raised"),
    [
        (None, [RULE]),
        (ANNOUNCED.replace("EXPIRES", "2099-12-31"), []),
        (ANNOUNCED.replace("EXPIRES", "2020-12-31"), [RULE]),
        (f"rules:\n  {RULE}: {{level: low}}\n", [RULE]),
        (f"rules:\n  {RULE}: {{maturity: 60d}}\n", []),
    ],
)
def test_what_a_site_says_counts(
    site: str | None, raised: list[str], logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert alerts(capsys, logs, site) == raised


def expired_notes(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """Give the number of alerts, and what was said about exceptions that have ended."""
    assert run(["replay", *options, "--rules", RULE, "--format", "ndjson"]) == 0
    said = capsys.readouterr()
    notes = [line for line in said.err.splitlines() if "our-ci" in line]
    return len(said.out.splitlines()), notes


@pytest.mark.parametrize("spool", [False, True], ids=["plain", "compressed"])
def test_an_exception_is_judged_by_the_time_of_the_logs(
    spool: bool, logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = max(json.loads(line)["eventTime"] for line in logs.read_text().splitlines())
    if spool:
        logs = logs.rename(logs.with_suffix(".ndjson.gz"))
        logs.write_bytes(gzip.compress(logs.read_bytes()))
    day = date.fromisoformat(last[:10])
    site = tmp_path / "site.yml"
    options = (str(logs), "--site", str(site))
    site.write_text(ANNOUNCED.replace("EXPIRES", str(day)))
    assert expired_notes(capsys, *options) == (0, [])
    before = day - timedelta(days=1)
    site.write_text(ANNOUNCED.replace("EXPIRES", str(before)))
    alerts, (note,) = expired_notes(capsys, *options)
    assert alerts == 1
    assert f"ended on {before}, before {day} (the end of these logs)" in note


def test_to_says_when_exceptions_are_judged(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site.yml"
    site.write_text(ANNOUNCED.replace("EXPIRES", "2030-01-01"))
    options = (str(logs), "--site", str(site), "--to")
    assert expired_notes(capsys, *options, "2029-12-31T23:59:00Z") == (0, [])
    assert expired_notes(capsys, *options, "2030-01-02T00:00:00Z") == (0, [])
    alerts, notes = expired_notes(capsys, *options, "2030-01-02T00:00:01Z")
    assert (alerts, len(notes)) == (1, 1)


def test_the_report_says_when_exceptions_were_judged(logs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.yml"
    site.write_text(ANNOUNCED.replace("EXPIRES", "2020-12-31"))
    out = tmp_path / "out"
    assert run(["investigate", str(logs), "--site", str(site), "--out", str(out)]) == 0
    told = json.loads((out / "report.json").read_text())
    last = max(json.loads(line)["eventTime"] for line in logs.read_text().splitlines())
    assert told["exceptions_judged_on"] == last[:10]
    assert "our-ci" in told["expired_exceptions"][0]
    assert "our-ci ended on 2020-12-31" in (out / "report.html").read_text()
