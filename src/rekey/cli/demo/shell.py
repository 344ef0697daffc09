"""Commands that are said as a reader would type them, and carried out exactly as they are said."""

import io
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout

import click

from rekey.cli.terminal import visible
from rekey.containment.secret import Secret


class Shell:
    """Runs commands of this program within this process.

    Args:
        context: of the command that runs them.
    """

    def __init__(self, context: click.Context) -> None:
        self._root = context.find_root()

    def run(self, *arguments: str, typed: Sequence[Secret] = ()) -> int:
        """Say a command and carry it out; give its exit code.

        Args:
            arguments: what follows ``rekey``.
            typed: lines that it asks for, without echo.

        Raises:
            RekeyError: as the command does.
        """
        click.echo(f"\n$ rekey {visible(shlex.join(arguments))}")
        with _typing(typed):
            code = self._root.command.main(
                list(arguments), prog_name="rekey", obj=self._root.obj, standalone_mode=False
            )
        return int(code or 0)

    def run_briefly(self, *arguments: str) -> int:
        """Say a command, carry it out, and show the last line of what it says."""
        with redirect_stdout(io.StringIO()) as said:
            code = self.run(*arguments)
        first, *_, last = said.getvalue().strip().splitlines()
        click.echo(f"\n{first}\n[…]\n{last}")
        return code


@contextmanager
def environment(added: Mapping[str, str], without: str | None = None) -> Iterator[None]:
    """Change the environment for a while.

    Args:
        added: what it has then.
        without: begin of the names that it has no more: a user's own profiles, endpoints and keys
            must not come between.
    """
    before = dict(os.environ)
    for name in before:
        if without and name.startswith(without):
            del os.environ[name]
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _typing(lines: Sequence[Secret]) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO("".join(f"{one.reveal()}\n" for one in lines))
    try:
        yield
    finally:
        sys.stdin = before
