"""However a run ends, it ends in order: by a signal, without a reader, on a full disk."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from rekey.errors import ExitCode
from tests.cli.program import LOG, RULE, start, told

SMALL = ("replay", LOG, "--rules", RULE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_and_leaves_nothing_behind(
    number: signal.Signals, tmp_path: Path
) -> None:
    with waiting(tmp_path) as (process, _):
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (ExitCode.INTERRUPTED, b"")
    assert err.strip() == b"interrupted"
    assert not list(tmp_path.iterdir())


def test_a_signal_that_was_to_be_ignored_is(tmp_path: Path) -> None:
    def as_nohup_does() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with waiting(tmp_path, preexec_fn=as_nohup_does) as (process, writing):
        process.send_signal(signal.SIGHUP)
        os.close(writing)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == ExitCode.OK
    assert RULE in "".join(out.decode().split())


@contextmanager
def waiting(folder: Path, **options: Any) -> Iterator[tuple[Any, int]]:
    """A run that has read something and waits for more, and the end of the pipe that it reads.

    Its temporary files are in the folder.
    """
    reading, writing = os.pipe()
    process = start("replay", "-", stdin=reading, env={"TMPDIR": str(folder)}, **options)
    os.close(reading)
    try:
        os.write(writing, LOG.read_bytes())
        deadline = time.monotonic() + 60
        while not list(folder.glob("rekey-*/events.duckdb")):  # who made the folder will remove it
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process, writing
    finally:
        with suppress(OSError):
            os.close(writing)
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "args", [("rules", "list"), ("path", "rules"), SMALL, (*SMALL, "--format", "json"), ("--help",)]
)
def test_a_reader_that_goes_away_is_no_failure_worth_a_word(args: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code, _, err = told(*args, stdout=writing)
    os.close(writing)
    assert (code, err) == (ExitCode.BROKEN_PIPE, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a device of Linux")
@pytest.mark.parametrize("args", [("rules", "list"), (*SMALL, "--format", "json")])
def test_a_full_disk_is_named(args: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = told(*args, stdout=full)
    assert (code, err) == (ExitCode.SYSTEM, "error: No space left on device\n")


def test_closed_standard_input_is_named() -> None:
    code, out, err = told("replay", "-", stdin=None, preexec_fn=lambda: os.close(0))
    assert (code, out) == (ExitCode.USAGE, "")
    assert err == "error: -: standard input is closed\n"


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"NO_COLOR": "1", "COLUMNS": "1"},
        {"COLUMNS": "none", "TERM": "dumb"},
    ],
    ids=["ascii", "C", "narrow", "odd"],
)
def test_any_terminal_will_do(env: dict[str, str]) -> None:
    code, out, err = told(*SMALL, env=env)
    assert (code, err) == (ExitCode.OK, "")
    assert RULE in "".join(out.split())


def test_neither_home_nor_path_is_needed(tmp_path: Path) -> None:
    with start(*SMALL) as process:
        process.communicate()
    bare = subprocess.run(
        [process.args[0], *process.args[1:]], env={}, cwd=tmp_path, capture_output=True, check=False
    )
    assert (bare.returncode, bare.stderr) == (ExitCode.OK, b"")
    assert not list(tmp_path.iterdir())


def test_json_is_alone_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(LOG.read_bytes() + b"damage\n")
    code, out, _ = told(
        "replay", tmp_path / "log", "--format", "json", env={"PYTHONIOENCODING": "ascii"}
    )
    assert code == ExitCode.PARTIAL
    assert json.loads(out)["rejected"] == {"not_json": 1}
