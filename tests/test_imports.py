"""Importing is quick and quiet: what is heavy waits for the command that needs it."""

import subprocess
import sys

import pytest

HEAVY = {
    "boto3", "duckdb", "elasticsearch", "hvac", "jinja2", "kubernetes", "lightkube", "pydantic",
    "rich", "sigma", "splunklib",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter; give the top-level modules that it loaded."""
    code = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1, "importing prints something"
    return set(done.stdout.split())


def test_import_rekey_loads_nothing_heavy() -> None:
    assert loaded_by("import rekey") & HEAVY == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["path", "rules"]])
def test_light_commands_load_no_engine(arguments: list[str]) -> None:
    run = f"import contextlib, io; from rekey.cli.main import run\nwith contextlib.redirect_stdout(io.StringIO()): run({arguments!r})\npass"
    heavy = loaded_by(f"exec({run!r})") & {"duckdb", "sigma", "elasticsearch", "splunklib"}
    assert heavy == set()
