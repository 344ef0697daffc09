"""The demo as a newcomer meets it: from logs to evidence, or a word of what is missing."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from rich.console import Console

from rekey.cli.demo.containment import contain_incident
from rekey.cli.main import run as rekey
from rekey.containment.plan import read_plan
from rekey.containment.report.plan_screen import plan_screen
from rekey.demo.company import Company
from rekey.errors import ExitCode
from tests.engines.runs import made_once

COMMAND = [sys.executable, "-m", "rekey", "demo", "--out"]
OF_A_USER = {
    "AWS_PROFILE": "of-somebody", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_CA_BUNDLE": "/none", "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9",
}  # fmt: skip
"""What somebody who works with AWS has in his environment, none of which may come between."""


def shown(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environment}, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="session")
def finished(emulated: None, pytestconfig: pytest.Config) -> tuple[Path, str]:
    """One whole demo, in a folder with a space, and what it said; nobody changes it."""
    made = made_once(pytestconfig, "a demo", _finished)
    return Path(made["out"]), made["said"]


def _finished(folder: Path) -> dict[str, Any]:
    out = folder / "out"
    done = shown(str(out), **OF_A_USER)
    assert done.returncode == ExitCode.OK, done.stdout[-4000:] + done.stderr[-2000:]
    return {"out": str(out), "said": done.stdout}


def test_it_ends_as_the_plan_had_said(finished: tuple[Path, str]) -> None:
    out, said = finished
    evidence = json.loads((out / "containment.json").read_text())
    assert evidence["outcome"] == "contained in part", "GitHub, the cluster and Vault are not here"
    assert {one["status"] for one in evidence["effects"]} == {"verified"}
    grades = {one["step"]: one["grade"] for one in evidence["effects"]}
    assert [grades[step] for step in ("3-disable_key", "1-cut_sessions", "2-cut_sessions")] == [
        "A", "A", "A",
    ]  # fmt: skip
    assert sorted(evidence["approvers"]) == [["bob"], ["cem"]]
    assert "Contained in part" in (out / "containment.html").read_text()
    assert "1 s instead of 60 s" in said, "the plan says that its proofs count early"


def test_the_thief_is_refused_and_the_company_works(finished: tuple[Path, str]) -> None:
    table = finished[1].partition("Asked without rekey")[2].partition("Evidence")[0]
    now = {
        line[:46].strip(): line.split()[-1] for line in table.splitlines() if " accepted " in line
    }
    thief = {who: answer for who, answer in now.items() if who.startswith("thief")}
    assert len(thief) == 5 and "accepted" not in thief.values()
    assert sum(answer == "accepted" for answer in now.values()) == 3


@pytest.mark.parametrize(("width", "lines"), [(80, 57), (120, 47)])
def test_the_plan_is_taken_in_at_a_glance(
    width: int, lines: int, finished: tuple[Path, str]
) -> None:
    """Three targets, twelve steps, fifteen things left out."""
    file = finished[0] / "containment" / "plan.json"
    console = Console(width=width)
    with console.capture() as captured:
        console.print(plan_screen(read_plan(file), Path("plan.json"), True))
    assert len(captured.get().splitlines()) <= lines, captured.get()


def test_what_it_says_can_be_typed(finished: tuple[Path, str]) -> None:
    """Its last command is carried out again, by a process of its own."""
    typed = [line for line in finished[1].splitlines() if line.startswith("$ rekey journal")]
    _, _, *arguments = shlex.split(typed[-1])
    done = subprocess.run(
        [sys.executable, "-m", "rekey", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.OK
    assert "the last one is anchored" in done.stdout


def test_no_secret_is_left(finished: tuple[Path, str]) -> None:
    out, said = finished
    kept = [file for file in out.rglob("*") if file.is_file()]
    assert {file.name for file in kept} >= {"case.json", "plan.json", "rekey.journal"}
    for file in kept:
        content = file.read_bytes()
        assert b"PRIVATE KEY" not in content, file
        assert b"aws_secret_access_key" not in content, file
    folder = Path(said.partition("--key ")[2].split()[0]).parent
    assert folder.name.startswith("rekey-demo-") and not folder.exists()


def test_and_again_in_the_same_place(finished: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished[0], out)
    (out / "containment" / "mine.txt").write_text("stays")
    assert half(out) == ExitCode.OK
    assert (out / "containment" / "mine.txt").exists()
    runs = {json.loads((one / "containment.json").read_text())["run"] for one in (finished[0], out)}
    assert len(runs) == 2
    assert len(list((out / "containment").glob("plan.json.approval-*"))) == 2


def test_a_door_that_stays_open_is_no_success(
    finished: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shutil.copytree(finished[0], tmp_path / "out")
    monkeypatch.setattr(Company, "narrow_trust", lambda company: None)
    assert half(tmp_path / "out") == ExitCode.INCOMPLETE
    assert "did not end as the plan had said" in capsys.readouterr().out


def half(out: Path) -> int:
    """The second half of the demo, on a report that is there."""
    from rekey.cli.main import Session, cli

    with click.Context(cli, obj=Session()) as context:
        return contain_incident(context, out)


@pytest.fixture
def begun(finished: tuple[Path, str], tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A demo that has come to its plan."""
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("$ rekey contain plan"):
            break
    yield process
    process.kill()
    process.communicate()


def test_a_signal_ends_it_and_its_emulator(begun: "subprocess.Popen[str]") -> None:
    (emulator,) = children(begun.pid)
    begun.send_signal(signal.SIGTERM)
    begun.communicate(timeout=60)
    assert begun.returncode == ExitCode.INTERRUPTED
    assert not Path(f"/proc/{emulator}").exists()


def children(pid: int) -> list[int]:
    """Give the children of a process, or skip where the system does not show them."""
    file = Path(f"/proc/{pid}/task/{pid}/children")
    if not file.exists():
        pytest.skip("the system shows no children of processes")
    return [int(child) for child in file.read_text().split()]


def test_without_its_extra_it_investigates_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ministack", None)
    assert rekey(["demo", "--out", str(tmp_path / "out")]) == ExitCode.OK
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "Not shown" in one]
    assert line.endswith(
        "ministack is not here; get it with: pip install '.[demo]' in a checkout of rekey"
    )
    assert (tmp_path / "out" / "report.html").exists()
    assert not (tmp_path / "out" / "containment").exists()
