"""The root command, and the one place where errors end."""

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper

import click

from rekey import __version__
from rekey.cli.build import build
from rekey.cli.contain import contain
from rekey.cli.demo import demo
from rekey.cli.deploy import deploy
from rekey.cli.doctor import doctor
from rekey.cli.ending import ended, orderly_end
from rekey.cli.investigate import investigate
from rekey.cli.journal import journal
from rekey.cli.path import path
from rekey.cli.replay import replay
from rekey.cli.rules import rules
from rekey.cli.site import site


@dataclass
class Session:
    """What holds for one run of the program."""

    debug: bool = False


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the Python traceback of a defect.")
@click.pass_obj
def cli(session: Session, debug: bool) -> None:
    """Detect the abuse of workload identities: service accounts, roles, tokens, keys.

    rekey reads audit logs, raises alerts with its rules, and joins them into cases.
    """
    session.debug = debug


for command in (
    contain,
    deploy,
    doctor,
    journal,
    build,
    demo,
    investigate,
    path,
    replay,
    rules,
    site,
):
    cli.add_command(command)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit with one of :class:`rekey.errors.ExitCode`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None where it is closed
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that is not UTF-8 is no reason to end
    # Rules and plans are many objects that stay: looking for garbage among them again and again
    # would take a tenth of a run.
    gc.set_threshold(200_000, 30, 30)
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line; every way in which it can end comes out as an exit code."""
    session = Session()
    with orderly_end() as signals:
        try:
            return int(cli.main(args, prog_name="rekey", obj=session, standalone_mode=False) or 0)
        except BaseException as error:  # noqa: BLE001 - the last resort: no traceback meets a user
            return ended(error, interrupted=signals.received, debug=session.debug)
