"""`rekey rules`: check, explain, list, docs."""

import json
import shutil
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.converters.lint import CODES
from rekey.errors import ExitCode

GOOD = Path(__file__).parents[1] / "converters" / "lint" / "good"


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """A pack whose only rule has no fixtures and an unknown level."""
    rule = tmp_path / "rules" / "aws" / "spoilt.yml"
    rule.parent.mkdir(parents=True)
    text = (GOOD / "rules" / "aws" / "access_key_created.yml").read_text()
    rule.write_text(text.replace("level: medium", "level: urgent").replace("0a01", "0aff"))
    return tmp_path


def test_a_clean_pack(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", "--pack", str(GOOD)]) == ExitCode.OK
    assert capsys.readouterr().out == "3 rules checked, no findings\n"


def test_findings_have_place_reason_and_advice(
    spoilt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "check", "--pack", str(spoilt)]) == ExitCode.FINDINGS
    shown = capsys.readouterr().out
    assert "spoilt.yml:28 RK111 has none of the four levels" in shown
    assert CODES["RK111"].why in shown
    assert CODES["RK111"].advice in shown


def test_one_file_can_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    rule = GOOD / "rules" / "aws" / "denied_secret_reads.yml"
    assert run(["rules", "check", str(rule), "--pack", str(GOOD)]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("1 rule checked")


def test_findings_as_json(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", "--pack", str(spoilt), "--format", "json"]) == ExitCode.FINDINGS
    report = json.loads(capsys.readouterr().out)
    assert report["rules"] == 1
    found = {finding["code"]: finding for finding in report["findings"]}
    assert found["RK111"]["line"] == 28
    assert found["RK111"]["why"] == CODES["RK111"].why


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", "--explain", "rk204"]) == ExitCode.OK
    assert CODES["RK204"].why in capsys.readouterr().out
    assert run(["rules", "check", "--explain", "RK999"]) == ExitCode.USAGE
    assert "RK204" in capsys.readouterr().err


def test_a_folder_that_is_no_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", "--pack", str(tmp_path)]) == ExitCode.USAGE
    assert "is no pack" in capsys.readouterr().err


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--pack", str(GOOD), "--format", "json"]) == ExitCode.OK
    listed = {rule["path"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert listed["aws/denied_secret_reads"]["kind"] == "event_count"
    assert listed["aws/new_region_for_role"]["kind"] == "first_seen"
    assert run(["rules", "list"]) == ExitCode.OK


def test_pages_are_written_and_checked(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(GOOD, pack)
    assert run(["rules", "docs", "--pack", str(pack), "--check"]) == ExitCode.FINDINGS
    assert run(["rules", "docs", "--pack", str(pack)]) == ExitCode.OK
    assert (pack / "docs" / "rules" / "aws" / "access_key_created.md").is_file()
    assert (pack / "docs" / "coverage" / "README.md").is_file()
    assert run(["rules", "docs", "--pack", str(pack), "--check"]) == ExitCode.OK


@pytest.mark.parametrize("room", ["rules", "fixtures", "playbooks"])
def test_paths_lead_to_content(room: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["path", room]) == ExitCode.OK
    assert Path(capsys.readouterr().out.strip()).is_dir()
