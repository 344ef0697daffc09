"""``rekey deploy plan``: what would change, and nothing is changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rekey.cli.deploy.options import (
    Servers,
    format_option,
    ledger_option,
    package_option,
    servers,
    target_option,
)
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.deploy.plan import Plan


@click.command()
@target_option
@servers
@package_option
@ledger_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the plan, to be applied.  [default: write nothing]")  # fmt: skip
@click.option("--overwrite", multiple=True, metavar="RULE",
              help="Let local edits of this rule go. A rule's path; can be given several times.")  # fmt: skip
@click.option("--prune", is_flag=True, help="Remove rules that are no longer in the package.")
@click.option("--back", is_flag=True, help="Plan the way back from the last run instead.")
@format_option
def plan(
    target: str, package: Path | None, ledger: Path, out: Path | None, overwrite: tuple[str, ...],
    prune: bool, back: bool, form: str, **where: Any,
) -> int:  # fmt: skip
    """Compare what was built with what is live.

    Exceptions, actions, schedules and whether a rule is enabled belong to its users: they stay. What
    somebody else changed stays too, and is shown.
    """
    from rekey.cli.deploy.screen import show

    if target == "splunk":
        from rekey.cli.deploy.splunk import check

        if back or prune or overwrite or out:
            raise RekeyError(
                "Splunk gets the app package: there is nothing to be applied from here",
                hint="Install the older or newer app to go back or on (docs/deploy.md).",
            )
        return check(Servers(**where), package, form)
    made = _made(Servers(**where), package, ledger, frozenset(overwrite), prune=prune, back=back)
    if out is not None:
        from rekey.deploy.plan import write_plan

        write_plan(made, out)
    show(made, form, out)
    return ExitCode.OK


def _made(
    where: Servers, folder: Path | None, file: Path, overwrite: frozenset[str], *,
    prune: bool, back: bool,
) -> "Plan":  # fmt: skip
    from rekey.cli.deploy.opening import elastic
    from rekey.cli.deploy.opening import package as read_package
    from rekey.deploy.ledger import read_ledger
    from rekey.deploy.planning import make_plan, plan_back

    known = read_ledger(file)
    wanted = {} if back else read_package(folder)
    with elastic(where) as target:
        site = known.at(target.place)
        if back:
            return plan_back(target, site, overwrite)
        return make_plan(target, wanted, site, overwrite, prune=prune)
