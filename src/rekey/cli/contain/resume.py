"""``rekey contain resume``: go on after a crash, or with what has fallen due."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.contain.options import present_option, settings_option
from rekey.cli.contain.run import show
from rekey.cli.options import site_option
from rekey.cli.terminal import visible
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.containment.context import Context


@click.command()
@click.argument("run", required=False)
@click.option("--due", is_flag=True, help="All runs in which something has fallen due; for cron.")
@present_option
@settings_option
@site_option
def resume(
    run: str | None, due: bool, present: tuple[str, ...], settings_file: Path,
    site_file: Path | None,
) -> int:  # fmt: skip
    """Go on with a RUN: after a crash, after a refusal was mended, or when a grace time is over."""
    from rekey.cli.contain.opening import opened
    from rekey.containment.run import Engine

    if (run is None) == (not due):
        raise RekeyError("name a run, or say --due")
    if due and present:
        raise RekeyError("--present is about one run: name it")
    with opened(settings_file, site_file) as context:
        if run is not None:
            return _go_on(context, run, present)
        runs = Engine(context).due()
        if not runs:
            click.echo("nothing is due")
        return max((_one_of_many(context, one) for one in runs), key=_bad, default=ExitCode.OK)


def _go_on(context: "Context", run: str, present: tuple[str, ...]) -> ExitCode:
    from rekey.cli.contain.opening import for_plan, seal
    from rekey.containment.run import Engine

    own = for_plan(context, Engine(context).progress(run).plan, present)
    done = Engine(own).resume(run)
    seal(own, run)
    return show(done)


def _bad(code: ExitCode) -> int:
    """Order the ends of several runs: waiting for something to expire is the least of them."""
    mild = (ExitCode.OK, ExitCode.EXPOSED, ExitCode.INCOMPLETE)
    return mild.index(code) if code in mild else len(mild) + code


def _one_of_many(context: "Context", run: str) -> ExitCode:
    """Go on with a run; whatever is wrong with it must not stop the others."""
    try:
        return _go_on(context, run, ())
    except RekeyError as error:
        click.echo(f"run {run}: {visible(str(error), lines=True)}", err=True)
        return error.exit_code
