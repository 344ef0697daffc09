"""``rekey contain resume``: go on after a crash, or with what has fallen due."""

from pathlib import Path

import click

from rekey.cli.contain.options import present_option, settings_option
from rekey.cli.contain.run import show
from rekey.cli.options import site_option
from rekey.errors import ExitCode, RekeyError


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
    from rekey.cli.contain.opening import opened, read, seal, store
    from rekey.containment.run import Engine

    if (run is None) == (not due):
        raise RekeyError("name a run, or say --due")
    worst = ExitCode.OK
    with opened(settings_file, site_file, None, present) as context:
        runs = Engine(context).due() if due else [run or ""]
        for one in runs:
            from dataclasses import replace

            name = Engine(context).progress(one).plan.store
            own = replace(context, store=store(read(settings_file), name))
            worst = max(worst, show(Engine(own).resume(one)))
            seal(own, one)
    if due and not runs:
        click.echo("nothing is due")
    return worst
