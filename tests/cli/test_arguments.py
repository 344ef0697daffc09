"""Every command answers a bad argument with a message, a hint and a documented exit code."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from rekey.cli.main import cli, run
from rekey.errors import ExitCode
from tests.cli.program import LOG, RULE


def commands(group: click.Group = cli, *above: str) -> Iterator[tuple[str, ...]]:
    """Every command that does something, by the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield (*above, name)


COMMANDS = pytest.mark.parametrize("words", list(commands()), ids=" ".join)


@COMMANDS
def test_an_unknown_option(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--no-such-option"]) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "No such option" in shown.err
    assert f"Try 'rekey {' '.join(words)} --help'" in shown.err


@COMMANDS
def test_help_explains_every_option(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--help"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith(f"Usage: rekey {' '.join(words)} ")


BAD = {
    "nothing there": (["replay", "nowhere"], "nowhere: no such file", "hint: Name files"),
    "empty name": (["replay", ""], "'': no such file", "hint: Name files"),
    "line break": (["replay", "a\nb"], "error: a b: no such file", "hint: Name files"),
    "no match": (["replay", "*.nothing"], "no file matches", "hint: **"),
    "rule": (["replay", "LOG", "--rules", "no/rule"], "no/rule: is no rule", "rekey rules list"),
    "file of no pack": (["replay", "LOG", "--rules", "LOG"], "none of the packs", "--pack FOLDER"),
    "source": (["replay", "LOG", "--source", "x"], "no log source x", "aws_cloudtrail"),
    "pack": (["replay", "LOG", "--pack", "x"], "x: is no pack", "rekey rules new --pack"),
    "site": (["replay", "LOG", "--site", "x"], "x: No such file", ""),
    "time": (["replay", "LOG", "--from", "soon"], "'soon' is no time", "such as 2026-11-03"),
    "early": (["replay", "LOG", "--to", "0001-01-01T00:00+14:00"], "is no time", "such as"),
    "order": (
        ["replay", "LOG", "--from", "2026-02-01", "--to", "2026-01-01"],
        "--from lies after --to",
        "hint: Exchange them",
    ),
    "format": (["replay", "LOG", "--format", "xml"], "'xml' is not one of", "'json'"),
    "level": (["replay", "LOG", "--fail-on", "bad"], "'bad' is not one of", "'critical'"),
    "state folder": (["replay", "LOG", "--state", "no/s"], "no: there is no such folder", "mkdir"),
    "state log": (["replay", "LOG", "--state", "LOG"], "no state file of rekey", "a new file"),
    "rejects folder": (["replay", "LOG", "--rejects", "no/r"], "no/r: cannot keep", "--rejects"),
    "rejects log": (["replay", "LOG", "--rejects", "LOG"], "no file of rejected", "overwritten"),
    "out": (["investigate", "LOG", "--out", "/proc/x"], "/proc: cannot be written", "--out"),
    "out file": (["investigate", "LOG", "--out", "LOG"], "is a file", "--help"),
    "no out": (["investigate", "LOG"], "Missing option '--out'", "--help"),
    "owners": (
        ["investigate", "LOG", "--out", "o", "--owners", "x"],
        "no owner file",
        "CODEOWNERS",
    ),
    "demo": (["demo", "--out", "/proc/x"], "/proc: cannot be written", "--out"),
    "room": (["path", "cellar"], "'cellar' is not one of", "'rules'"),
    "check": (["rules", "check", "x"], "x: holds no rule", "hint: Name a rule"),
    "code": (["rules", "check", "--explain", "RK1"], "no code RK1", "RK101"),
    "test": (["rules", "test", "x"], "x: is no rule", "rekey rules list"),
    "mutate": (["rules", "mutate", "x"], "x: is no rule", "rekey rules list"),
    "new": (["rules", "new", "../x", "--pack", "p"], "no path of a rule", "<product>/<rule>"),
    "product": (["rules", "new", "x/y", "--pack", "p"], "no log source of 'x'", "There are aws"),
    "docs": (["rules", "docs", "--pack", "x"], "x: is no pack", "rekey rules new --pack"),
    "site file": (["site", "check", "LOG"], "error: LOG", ""),
}


@pytest.mark.parametrize(("args", "message", "hint"), BAD.values(), ids=BAD)
def test_a_bad_argument(
    args: list[str],
    message: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("LOG").write_bytes(LOG.read_bytes())
    assert run(args) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert hint in shown.err
    assert "Traceback" not in shown.err
    assert Path("LOG").read_bytes() == LOG.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["LOG"]


NAMES = ["with space", "ünï-😀", "line\nbreak", "[1]*?", "-dash", "'q\"uote", "\udcff\udcfe"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_kind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / name
    logs.mkdir()
    (logs / f"{name}.log").write_bytes(LOG.read_bytes())
    monkeypatch.chdir(tmp_path)
    args = ["--rules", RULE, "--out", f"./{name}.out", "--rejects", f"./{name}.rejects", "--", name]
    for _ in range(2):
        assert run(["investigate", *args]) == ExitCode.OK
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {name, f"{name}.rejects", f"{name}.out"}
    assert {path.name for path in logs.iterdir()} == {f"{name}.log"}
    assert "\n" not in capsys.readouterr().out.split("wrote ")[-1].rstrip("\n")


def test_what_a_run_writes_is_no_input_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_bytes(LOG.read_bytes())
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        args = ["--rules", RULE, "--state", "s", "--rejects", "r", "--out", "."]
        assert run(["investigate", ".", *args]) == ExitCode.OK
