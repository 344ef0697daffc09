"""``rekey contain run``: carry out a plan."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.contain.options import present_option, settings_option
from rekey.cli.contain.plan import approval_files, request_file
from rekey.cli.options import site_option
from rekey.errors import ExitCode, Place, RekeyError

if TYPE_CHECKING:
    from rekey.containment.progress import Progress


@click.command()
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--approval", "approvals", multiple=True, metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="An approval that does not lie beside the plan. Several times.")  # fmt: skip
@click.option("--emergency", metavar="REASON",
              help="Go ahead without approvers, and before an identity has cooled down. It is "
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

    Ends with 0 only if everything is done and proven. After a crash run it again, or say
    `rekey contain resume`: what may have happened is looked at before anything is done.
    """
    from rekey.cli.contain.opening import opened, seal
    from rekey.containment.plan import read_plan
    from rekey.containment.presented import check_targets
    from rekey.containment.run import Engine

    known = read_plan(plan)
    check_targets(known, present)
    request = _signature(request_file(plan))
    signatures = [_signature(file) for file in (*approval_files(plan), *approvals)]
    if emergency is not None:
        click.echo(f"EMERGENCY: carried out without waiting for anybody: {emergency}", err=True)
    click.echo(f"run {known.run}; if it is cut short: rekey contain resume {known.run}", err=True)
    with opened(settings_file, site_file, known.store, present) as context:
        progress = Engine(context).start(known, request, signatures, emergency)
        seal(context, known.run)
    return show(progress)


def show(progress: "Progress") -> ExitCode:
    """Print where a run stands, and give the exit code that says whether it is done."""
    from rekey.cli.terminal import console
    from rekey.containment.report.status_screen import status_screen

    console().print(status_screen(progress))
    return ExitCode.INCOMPLETE if progress.outcome == "incomplete" else ExitCode.OK


def _signature(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RekeyError(
            "the signature cannot be read",
            place=Place(file),
            hint="`rekey contain plan … --out PLAN --as NAME --key KEY` signs the request.",
        ) from error
