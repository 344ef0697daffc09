"""A site file, from the command line to the alerts that are no longer raised."""

import json
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
