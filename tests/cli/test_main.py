"""Every way in which a command can end has its exit code, and no end shows a traceback."""

import click
import pytest

from rekey import __version__
from rekey.cli.main import cli, run
from rekey.errors import ExitCode, InputError, Place, RekeyError


def ending(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Add a command `end` that ends with an error."""

    @click.command()
    def end() -> None:
        raise error

    monkeypatch.setitem(cli.commands, "end", end)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out == f"rekey {__version__}\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RekeyError("bad rule", place=Place("a.yml", 3), hint="Mend it."), ExitCode.USAGE),
        (InputError("nothing to read"), ExitCode.INPUT),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (click.UsageError("no such thing"), ExitCode.USAGE),
        (ZeroDivisionError("s3cr3t"), ExitCode.INTERNAL),
    ],
)
def test_ends(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: ExitCode,
) -> None:
    ending(monkeypatch, error)
    assert run(["end"]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    assert "s3cr3t" not in shown.err


def test_an_error_has_place_and_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, RekeyError("bad rule", place=Place("a.yml", 3), hint="Mend it."))
    run(["end"])
    assert capsys.readouterr().err == "error: a.yml:3: bad rule\n  hint: Mend it.\n"


def test_a_defect_shows_its_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, ZeroDivisionError())
    assert run(["--debug", "end"]) == ExitCode.INTERNAL
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "a defect of rekey, not of your input" in shown


def test_control_characters_do_not_reach_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, RekeyError("\x1b]0;owned\x07\u202ename"))
    run(["end"])
    shown = capsys.readouterr().err
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "name" in shown


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rulez"]) == ExitCode.USAGE
    assert "Did you mean 'rules'?" in capsys.readouterr().err
