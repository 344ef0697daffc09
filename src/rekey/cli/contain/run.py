"""``rekey contain run``: carry out a plan."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.contain.options import present_option, settings_option
from rekey.cli.contain.plan_files import approval_files, read_approvals, read_request
from rekey.cli.options import site_option
from rekey.cli.terminal import visible
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.containment.progress import Progress


@click.command()
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--approval", "approvals", multiple=True, metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="An approval that does not lie beside the plan. Several times.")  # fmt: skip
@click.option("--emergency", metavar="REASON",
              help="Go ahead in spite of missing approvers, the blast radius and the cool-down. It is "
              "journalled and reported loudly; the guards for yourself, the account and "
              "break-glass identities hold all the same.")  # fmt: skip
@present_option
@settings_option
@site_option
def run(
    plan: Path, approvals: tuple[Path, ...], emergency: str | None, present: tuple[str, ...],
    settings_file: Path, site_file: Path | None,
) -> int:  # fmt: skip
    """Carry out a PLAN that was requested and approved, and prove each effect.

    Ends with 0 only if everything is done and proven, and nothing was left out or stays exposed
    (docs/exit-codes.md). After a crash run it again, or say
    `rekey contain resume`: what may have happened is looked at before anything is done.
    """
    from rekey.cli.contain.opening import for_plan, opened, read, seal
    from rekey.containment.plan import read_plan
    from rekey.containment.run import Engine

    known = read_plan(plan)
    request = read_request(plan)
    files = [*approval_files(plan), *approvals]
    signatures = read_approvals(known, files, read(settings_file).allowed_signers)
    if emergency is not None and not emergency.strip():
        raise RekeyError("an emergency needs a reason: it stands in the journal and the report")
    if emergency is not None:
        click.echo(f"EMERGENCY: {visible(emergency)}", err=True)
    click.echo(f"run {known.run}; if it is cut short: rekey contain resume {known.run}", err=True)
    with opened(settings_file, site_file) as context:
        own = for_plan(context, known, present)
        progress = Engine(own).start(known, request, signatures, emergency)
        seal(own, known.run)
    return show(progress)


def show(progress: "Progress") -> ExitCode:
    """Print where a run stands, and give the exit code that says whether it is done."""
    from rekey.cli.terminal import console
    from rekey.containment.report.next_words import emergency
    from rekey.containment.report.status_screen import status_screen

    if progress.override:
        click.echo(visible(emergency(progress)), err=True)
    console().print(status_screen(progress))
    return progress.ended.code
