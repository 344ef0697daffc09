"""``rekey deploy apply``: what was planned, and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rekey.cli.deploy.options import Servers, ledger_option, servers
from rekey.cli.options import check_writable
from rekey.cli.terminal import visible
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.deploy.plan import Change


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, dir_okay=False))
@servers
@ledger_option
@click.option("--digest", metavar="HEX", help="Apply only the plan that was reviewed.")
def apply(plan_file: Path, ledger: Path, digest: str | None, **where: Any) -> int:
    """Carry out a PLAN that `rekey deploy plan --out` wrote.

    Refuses if anything it would change is no longer as it was planned. A rule that the server refuses
    is named, and does not hold up the others. If the connection breaks, run the same command again:
    it goes on where it stopped.
    """
    from rekey.cli.deploy.opening import elastic
    from rekey.deploy.apply import Applier
    from rekey.deploy.ledger import read_ledger
    from rekey.deploy.plan import read_plan

    plan = read_plan(plan_file)
    if digest is not None and digest != plan.digest:
        raise RekeyError(f"this is not the plan that was reviewed: its digest is {plan.digest}")
    check_writable(ledger.parent, "--ledger")
    known = read_ledger(ledger)
    with elastic(Servers(**where)) as target:
        outcome = Applier(target, known, ledger, _tell).run(plan)
    for change, error in outcome.refused:
        click.echo(f"not done: {visible(change.name)}: {visible(str(error))}", err=True)
    refused = f", {len(outcome.refused)} refused" if outcome.refused else ""
    click.echo(f"{outcome.made} changes made{refused}")
    return ExitCode.INCOMPLETE if outcome.refused else ExitCode.OK


def _tell(change: "Change") -> None:
    click.echo(f"{change.status}: {visible(change.name)}")
