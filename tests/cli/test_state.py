"""`--state`: learn on last month, hunt today."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from rekey.cli.main import run
from rekey.errors import ExitCode
from rekey.fixtures.repeats import expand
from rekey.pack import shipped_pack
from rekey.state_file import alone
from tests.cli.program import start

RULE = "aws/secret_read_by_new_reader"


@pytest.fixture
def logs(tmp_path: Path) -> list[bytes]:
    """Weeks of an identity's records, in order; the last one is new to it."""
    lines = expand(shipped_pack().fixture_folder(RULE) / "match.ndjson")
    return sorted(lines, key=lambda line: str(orjson.loads(line)["eventTime"]))


def replay(log: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    log.write_bytes(b"\n".join(lines) + b"\n")
    assert run(["replay", str(log), "--rules", RULE, "--format", "json", *more]) == ExitCode.OK
    return json.loads(capsys.readouterr().out)


def test_learning_first_and_hunting_later_finds_what_one_run_finds(
    logs: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, state = tmp_path / "log", ["--state", str(tmp_path / "state")]
    whole = replay(log, logs, capsys)
    (alert,) = whole["alerts"]
    assert replay(log, logs[:-1], capsys, *state)["alerts"] == []
    (later,) = replay(log, logs[-1:], capsys, *state)["alerts"]
    assert later["id"] == alert["id"]
    assert replay(log, logs[-1:], capsys)["alerts"] == []  # nothing learned, nothing to compare


def test_each_identity_is_said_to_learn_or_to_be_mature(
    logs: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, state = tmp_path / "log", ["--state", str(tmp_path / "state")]
    young = replay(log, logs[:2], capsys, *state)
    grown = replay(log, logs[2:], capsys, *state)
    assert young["mature"] == grown["learning"] == []
    assert young["learning"] == grown["mature"]
    assert [each["rule"] for each in young["learning"]] == [RULE]
    run(["replay", str(log), "--rules", RULE])
    assert "learning" not in capsys.readouterr().out
    log.write_bytes(logs[0])
    run(["replay", str(log), "--rules", RULE])
    shown = capsys.readouterr().out
    assert "1 identity is still learning, 0 mature" in shown
    assert f"learning: {young['learning'][0]['identity']}" in shown


def test_a_bad_state_file_is_refused_before_the_logs_are_read_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    state.write_bytes(b"PAR1 and what follows is none")
    args = ["replay", str(tmp_path / "unread"), "--rules", RULE, "--state", str(state)]
    assert run(args) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert "no state file of rekey" in shown.err
    assert "hint: Name a new file" in shown.err
    assert state.read_bytes() == b"PAR1 and what follows is none"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--since", "1h"], "--since is about servers"),
        (["--namespace", "prod"], "--namespace is about Elasticsearch"),
        (
            ["--namespace", "prod", "--from-splunk", "https://s:8089"],
            "--namespace is about Elasticsearch",
        ),
        (["--ca", __file__], "--ca is about servers"),
        (["--to", "0001-01-01"], "lies outside 1990 to 2200"),
    ],
)
def test_options_that_would_do_nothing_or_harm_are_refused(
    option: list[str], said: str, logs: list[bytes], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    log = tmp_path / "log"
    log.write_bytes(logs[0])
    assert run(["replay", str(log), "--rules", RULE, *option]) == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_a_run_that_waits_for_another_one_says_so(logs: list[bytes], tmp_path: Path) -> None:
    log, state = tmp_path / "log", tmp_path / "state"
    log.write_bytes(logs[0])
    with ExitStack() as other:
        other.enter_context(alone(state, pytest.fail))
        run = start("replay", log, "--rules", RULE, "--state", state, "--format", "json")
        assert b"waits for another run" in run.stderr.readline()
        assert run.poll() is None
    out, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (0, b"")
    assert json.loads(out)["learning"]
