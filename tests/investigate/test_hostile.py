"""Attackers write into logs: hostile text goes the whole way and stays text."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rekey.cli.main import run
from rekey.pack import shipped_pack
from tests.investigate.runs import written
from tests.report.html_reader import Page

RULES = (
    "aws/credential_minted_for_another_identity",
    "kubernetes/credentials_read_through_exec",
    "vault/orphan_token_minted",
    "github/deploy_key_with_write_access_added",
)

ONLY = [word for rule in RULES for word in ("--rules", rule)]

PAYLOADS = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>\"'",
    "terminal": "\x1b[31mred\x1b]8;;http://evil.example\x07link\x1b[2J",
    "formula": '=HYPERLINK("http://evil.example";"x")',
    "direction": "user\u202egpj.exe\u2066\u200b",
    "template": "{{7*7}}{% include '/etc/passwd' %}[link=http://evil.example]x[/link]",
    "huge": "A" * 60_000,
}

FREE_TEXT = ("userAgent", "user_agent", "userName", "name", "actor", "repo", "username")
"""Keys whose values a caller chooses, at least in part."""


def poisoned(rule: str, payload: str) -> Iterator[dict[str, Any]]:
    """Give the records on which a rule fires, with a payload in every free text of them."""

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: walk(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [walk(item, key) for item in value]
        return f"{value}{payload}" if isinstance(value, str) and key in FREE_TEXT else value

    for line in (shipped_pack().fixture_folder(rule) / "match.ndjson").read_text().splitlines():
        record = walk(json.loads(line))
        record["userAgent" if not rule.startswith("github") else "user_agent"] = payload
        yield record


@pytest.fixture(params=list(PAYLOADS))
def payload(request: pytest.FixtureRequest) -> str:
    return PAYLOADS[request.param]


@pytest.fixture
def logs(tmp_path: Path, payload: str) -> Path:
    records = {rule.replace("/", "_"): poisoned(rule, payload) for rule in RULES}
    return written(tmp_path / "logs", records)


def test_hostile_events_come_out_as_harmless_text(
    logs: Path, payload: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["investigate", str(logs), "--out", str(out), *ONLY]) == 0
    said = capfd.readouterr()
    assert all(line.isprintable() for line in (said.out + said.err).splitlines())
    page = Page((out / "report.html").read_text("utf-8"))
    assert page.comments == []
    assert not {el.tag for el in page.elements} & {"script", "img", "iframe", "form", "input"}
    assert not [name for el in page.elements for name in el.attributes if name.startswith("on")]
    assert all(line.isprintable() for line in page.html.split("\n"))
    assert len(page.html) < 5_000_000
    told = json.loads((out / "report.json").read_text("ascii"))
    assert told["cases"]
    events = [e for case in told["cases"] for a in case["alerts"] for e in a["events"]]
    agents = [e["document"].get("userAgent", e["document"].get("user_agent")) for e in events]
    assert payload in agents, "the JSON report keeps what was logged"
    rows = list(csv.reader(io.StringIO((out / "alerts.csv").read_text("utf-8"))))
    assert len(rows) > 1
    cells = [cell for row in rows[1:] for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_names_that_begin_formulas_are_neutralised(tmp_path: Path) -> None:
    rule = "github/deploy_key_with_write_access_added"
    (line, *_) = (shipped_pack().fixture_folder(rule) / "match.ndjson").read_text().splitlines()
    record = json.loads(line) | {"actor": "=cmd|' /C calc'!A0"}
    out = tmp_path / "out"
    assert (
        run(
            [
                "investigate",
                str(written(tmp_path / "logs", {"a": [record]})),
                "--out",
                str(out),
                *ONLY,
            ]
        )
        == 0
    )
    assert "'=cmd|" in (out / "alerts.csv").read_text("utf-8")


@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
def test_a_replay_is_safe_to_look_at(
    form: str, logs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", str(logs), "--format", form, *ONLY]) == 0
    said = capfd.readouterr()
    assert said.out
    assert all(line.isprintable() for line in (said.out + said.err).splitlines())
