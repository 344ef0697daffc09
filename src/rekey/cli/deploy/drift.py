"""``rekey deploy drift``: what others changed since we deployed."""

from pathlib import Path
from typing import Any

import click

from rekey.cli.deploy.options import (
    Servers,
    format_option,
    ledger_option,
    package_option,
    servers,
    target_option,
)
from rekey.errors import ExitCode


@click.command()
@target_option
@servers
@package_option
@ledger_option
@format_option
def drift(target: str, package: Path | None, ledger: Path, form: str, **where: Any) -> int:
    """List what somebody else changed or deleted; exit 1 if there is any."""
    from rekey.cli.deploy.screen import show
    from rekey.deploy.plan import Status

    if target == "splunk":
        from rekey.cli.deploy.splunk import check

        return check(Servers(**where), package, form, only_drift=True)
    from rekey.cli.deploy.opening import elastic
    from rekey.cli.deploy.opening import package as read_package
    from rekey.deploy.ledger import read_ledger
    from rekey.deploy.planning import make_plan

    known, wanted = read_ledger(ledger), read_package(package)
    with elastic(Servers(**where)) as place:
        made = make_plan(place, wanted, known.at(place.place))
    theirs = (Status.EDITED, Status.MISSING, Status.FOREIGN)
    drifted = tuple(change for change in made.changes if change.status in theirs)
    show(made.model_copy(update={"changes": drifted}), form)
    return ExitCode.FINDINGS if drifted else ExitCode.OK
