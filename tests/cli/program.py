"""The program as a user starts it: in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rekey.pack import shipped_pack

LOG = shipped_pack().fixture_folder("aws/logging_switched_off_by_workload") / "match.ndjson"
RULE = "aws/logging_switched_off_by_workload"


def start(*args: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> Any:
    """Start it; its output is piped, and no signal is ignored, unless options say otherwise."""
    usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
             "preexec_fn": heed_signals}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "rekey", *map(str, args)],
        env={**os.environ, **(env or {})},
        **{**usual, **options},
    )


def heed_signals() -> None:
    """Take back what nohup, or a shell that starts jobs in the background, has set to be ignored."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


def told(*args: str | Path, **options: Any) -> tuple[int, str, str]:
    """Run it to its end; give exit code, output and messages."""
    with start(*args, **options) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, (out or b"").decode(), (err or b"").decode()
