"""How a run ends: every error as a message and an exit code, every signal as an orderly end."""

import errno
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final, NoReturn

import click

from rekey.cli.terminal import visible
from rekey.errors import ExitCode, RekeyError

REPORT_TO = "the issue tracker of the project; SECURITY.md says where weaknesses go"

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Signals:
    """Whether somebody asked the run to end."""

    received: bool = False


@contextmanager
def orderly_end() -> Iterator[Signals]:
    """End the run on a signal as on an error, so that temporary files are removed.

    The first signal interrupts; a second one finds the system's own handling and ends at once.
    Libraries may turn the interruption into an error of their own, as DuckDB does: hence the flag.
    """
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals  # only the main thread may set handlers
        return

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        signals.received = True
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = {each: signal.getsignal(each) for each in _SIGNALS}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup, and background jobs of a shell
            signal.signal(each, interrupt)
    try:
        yield signals
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def ended(error: BaseException, *, interrupted: bool, debug: bool) -> ExitCode:
    """Say on standard error why a run ended, and give its exit code.

    Args:
        error: what ended it.
        interrupted: a signal had come, of which the error may be a consequence.
        debug: show the traceback of a defect.
    """
    if interrupted or isinstance(error, click.exceptions.Abort | KeyboardInterrupt):
        _say("interrupted")
        return ExitCode.INTERRUPTED
    if _is_broken_pipe(error):
        return ExitCode.BROKEN_PIPE
    match error:
        case RekeyError():
            _say(_message(error))
            return error.exit_code
        case click.ClickException():
            with suppress(OSError):
                error.show()
            return ExitCode.USAGE
        case OSError():
            where = f"{visible(str(error.filename))}: " if error.filename else ""
            _say(f"error: {where}{error.strerror or 'reading or writing failed'}")
            return ExitCode.SYSTEM
    if debug:
        traceback.print_exception(error)
    _say(
        f"error: a defect of rekey, not of your input: {type(error).__name__}\n"
        f"  hint: run it again with `rekey --debug …` and report what it prints to {REPORT_TO}."
    )
    return ExitCode.INTERNAL


def _message(error: RekeyError) -> str:
    """Write an error; a name that holds a line break does not get a line of its own."""
    where = f"{visible(str(error.place))}: " if error.place else ""
    hint = f"\n  hint: {visible(error.hint, lines=True)}" if error.hint else ""
    return f"error: {where}{visible(error.message, lines=True)}{hint}"


def _is_broken_pipe(error: BaseException) -> bool:
    """Say whether the reader of our output went away.

    click and rich silence standard output then, and exit; nothing else exits within a command.
    """
    gone = isinstance(error, OSError) and error.errno == errno.EPIPE
    return gone or isinstance(error, SystemExit)


def _say(text: str) -> None:
    with suppress(OSError):  # nobody can be told that nobody can be told
        click.echo(text, err=True)
