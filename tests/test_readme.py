"""README and CONTRIBUTING say what is so: help, links, commands, and the first rule."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rekey.cli.main import run
from rekey.pack import shipped_pack

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader would, with our programs on the path."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_in_the_readme_is_current(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    run(["--help"])
    block = re.search(
        r"<!-- help: begin -->\n```text\n(.*)```\n<!-- help: end -->",
        (ROOT / "README.md").read_text("utf-8"),
        re.DOTALL,
    )
    assert block is not None
    assert block[1] == capsys.readouterr().out


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for link in re.findall(r"\]\((?!https:)([^)#]+)", text):
        assert ((ROOT / page).parent / link).exists(), link


def test_conversions_in_the_readme_work(tmp_path: Path) -> None:
    commands = re.findall(
        r"^ {4}(sigma convert .*)$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert len(commands) == 2
    for command in commands:
        done = shell(command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_rules_that_pages_name_exist() -> None:
    known = shipped_pack().rule_files()
    for page in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r'rules\)"?/([a-z]+/[a-z_]+)\.yml', (ROOT / page).read_text())
        assert set(named) <= known.keys()


STEP = re.compile(
    r"(?:<!-- ends with (?P<code>\d+) -->\n)?```sh\n(?P<command>.*?)```|"
    r"(?P<fill><!-- here the test fills the gaps -->)",
    re.DOTALL,
)


def test_the_first_rule_can_be_made_as_described(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.split("## Your first rule in five minutes")[1].split("\n## ")[0]
    steps = list(STEP.finditer(section))
    assert len(steps) >= 6
    for step in steps:
        if step["fill"]:
            rule = next(tmp_path.glob("my-pack/rules/*/*.yml"))
            filled = re.sub(r"<fill in: [^>]+>", "Example tool lists images", rule.read_text())
            rule.write_text(filled)
            continue
        done = shell(step["command"], tmp_path)
        told = f"{step['command']}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == int(step["code"] or 0), told
