"""`rekey site`: check a site file, write its filters."""

from pathlib import Path

import pytest
import yaml
from sigma.collection import SigmaCollection

from rekey.cli.main import run
from rekey.errors import ExitCode

EXAMPLE = Path(__file__).parents[2] / "docs" / "site.example.yml"

EXPIRED = """
exclusions:
  - id: old-job
    logsource: {product: aws, service: cloudtrail}
    fields: {userAgent: x}
    rules: all
    owner: a@example.com
    reason: gone
    expires: 2020-01-01
"""


def test_a_site_file_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "check", str(EXAMPLE)]) == ExitCode.OK
    assert "3 networks, 3 identities" in capsys.readouterr().out
    (tmp_path / "site.yml").write_text(EXPIRED)
    assert run(["site", "check", str(tmp_path / "site.yml")]) == ExitCode.OK
    assert "expired on 2020-01-01: old-job, owner a@example.com" in capsys.readouterr().out


def test_filters_are_sigma_and_old_ones_go(tmp_path: Path) -> None:
    out = tmp_path / "filters"
    assert run(["site", "filters", "--site", str(EXAMPLE), "--out", str(out)]) == ExitCode.OK
    (written,) = out.glob("*velero*.yml")
    collection = SigmaCollection.from_yaml(written.read_text(), collect_filters=True)
    assert collection.errors == []
    assert len(collection.filters) == 1
    by_hand = out / "by_hand.yml"
    by_hand.write_text(yaml.safe_dump({"title": "mine"}))
    (tmp_path / "empty.yml").write_text("version: 1\n")
    empty = str(tmp_path / "empty.yml")
    assert run(["site", "filters", "--site", empty, "--out", str(out)]) == ExitCode.OK
    assert list(out.iterdir()) == [by_hand]


def test_a_file_of_somebody_else_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["site", "filters", "--site", str(EXAMPLE), "--out", str(tmp_path)])
    (written,) = tmp_path.glob("*velero*.yml")
    written.write_text("title: mine\n")
    code = run(["site", "filters", "--site", str(EXAMPLE), "--out", str(tmp_path)])
    assert code == ExitCode.USAGE
    assert "written by somebody else" in capsys.readouterr().err
    assert written.read_text() == "title: mine\n"
