"""The emulator is reached from this machine only, and ends with whoever wanted it, however he ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rekey.demo.emulator import EmulatorError, emulator

pytestmark = pytest.mark.usefixtures("emulated")

STARTER = """
import os, sys, time
from pathlib import Path
from rekey.demo.emulator import emulator
with emulator(Path(sys.argv[1]), os.environ) as url:
    print(url, flush=True)
    time.sleep(600)
"""


def listens(url: str) -> bool:
    where = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((str(where.hostname), where.port or 0)) == 0


def soon(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not happened() and time.monotonic() < end:
        time.sleep(0.05)
    return happened()


def test_it_listens_on_the_loopback_interface_and_ends(tmp_path: Path) -> None:
    with emulator(tmp_path, os.environ) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        assert listens(url)
    assert not listens(url)


def test_it_ends_with_an_error_of_whoever_uses_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), emulator(tmp_path, os.environ) as url:
        raise ZeroDivisionError
    assert not listens(url)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_starter(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        assert listens(url)
        starter.send_signal(number)
        starter.wait(20)
    assert soon(lambda: not listens(url))


def test_our_credentials_and_settings_do_not_reach_it(tmp_path: Path) -> None:
    ours = {**os.environ, "AWS_SECRET_ACCESS_KEY": "canary", "PERSIST_STATE": "1"}
    with emulator(tmp_path, ours):
        found = {
            file.parent: file.read_bytes()
            for file in Path("/proc").glob("[0-9]*/environ")
            if _keeps(file.parent)
        }
    if not found:
        pytest.skip("the system shows no environments of processes")
    assert all(b"canary" not in one and b"PERSIST_STATE" not in one for one in found.values())


def _keeps(process: Path) -> bool:
    """Say whether a process is an emulator that this test started."""
    try:
        status = (process / "status").read_text()
        return (
            f"PPid:\t{os.getpid()}\n" in status
            and b"rekey.demo.keeper" in (process / "cmdline").read_bytes()
        )
    except OSError:
        return False


def test_what_it_says_is_shown_where_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "path" / "ministack").mkdir(parents=True)
    (tmp_path / "path" / "ministack" / "app.py").write_text("raise SystemExit('no room here')")
    (tmp_path / "path" / "ministack" / "__init__.py").touch()
    broken = {**os.environ, "PYTHONPATH": str(tmp_path / "path")}
    with pytest.raises(EmulatorError, match="no room here"), emulator(tmp_path, broken):
        raise AssertionError("it started")
