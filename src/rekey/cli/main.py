"""The root command, and the one place where errors end."""

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import click

from rekey import __version__
from rekey.cli.demo import demo
from rekey.cli.investigate import investigate
from rekey.cli.path import path
from rekey.cli.replay import replay
from rekey.cli.rules import rules
from rekey.cli.site import site
from rekey.cli.terminal import visible
from rekey.errors import ExitCode, RekeyError

REPORT_TO = "the issue tracker of the project; SECURITY.md says where weaknesses go"


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


for command in (demo, investigate, path, replay, rules, site):
    cli.add_command(command)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit with one of :class:`rekey.errors.ExitCode`."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line; every way in which it can end comes out as an exit code."""
    session = Session()
    try:
        return int(cli.main(args, prog_name="rekey", obj=session, standalone_mode=False) or 0)
    except RekeyError as error:
        click.echo(f"error: {visible(str(error), lines=True)}", err=True)
        return error.exit_code
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - the last resort, so that no traceback meets a user
        if session.debug:
            traceback.print_exc()
        click.echo(
            f"error: a defect of rekey, not of your input: {type(error).__name__}\n"
            f"  hint: run it again with `rekey --debug …` and report what it prints to {REPORT_TO}.",
            err=True,
        )
        return ExitCode.INTERNAL
