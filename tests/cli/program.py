"""The program as a user starts it: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rekey.pack import shipped_pack

LOG = shipped_pack().fixture_folder("aws/logging_switched_off_by_workload") / "match.ndjson"
RULE = "aws/logging_switched_off_by_workload"


def start(*args: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> Any:
    """Start it; its output is piped unless options say otherwise."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-m", "rekey", *map(str, args)],
        env={**os.environ, **(env or {})},
        **{**pipes, **options},
    )


def told(*args: str | Path, **options: Any) -> tuple[int, str, str]:
    """Run it to its end; give exit code, output and messages."""
    with start(*args, **options) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, (out or b"").decode(), (err or b"").decode()
