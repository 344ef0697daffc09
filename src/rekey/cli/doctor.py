"""``rekey doctor``: what is missing before the night in which it is needed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.contain.options import settings_option
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.containment.interface import Provider


@click.command()
@click.option("--policy", is_flag=True,
              help="Print the least-privilege documents that grant what is needed, instead.")  # fmt: skip
@settings_option
def doctor(policy: bool, settings_file: Path) -> int:
    """Say which permission is missing for which action, and whether people and journal are ready.

    Asks the providers and changes nothing.
    """
    from rekey.cli.contain.opening import connections, read
    from rekey.containment.readiness import site_faults
    from rekey.report.words import plural

    settings = read(settings_file)
    faults = 0
    for provider in connections(settings).providers:
        if policy:
            needed = {one for action in provider.actions() for one in action.spec.permissions}
            click.echo(provider.policy(sorted(needed, key=lambda one: (one.name, one.resource))))
        else:
            faults += _examine(provider)
    if policy:
        return ExitCode.OK
    for fault in site_faults(settings):
        click.echo(f"  missing  {fault}")
        faults += 1
    click.echo(f"not ready: {plural(faults, 'fault')}" if faults else "ready")
    return ExitCode.FINDINGS if faults else ExitCode.OK


def _examine(provider: "Provider") -> int:
    """Print what a provider lacks; give the number of faults."""
    from rekey.cli.terminal import cell, console, table
    from rekey.containment.readiness import action_faults, hasty

    try:
        where = provider.connection()
    except RekeyError as error:
        click.echo(f"{provider.name}: {error.message}")
        return 1
    click.echo(f"{provider.name} {where.scope} as {where.principal}")
    shown = table("Action", "Ready", "Missing")
    found = action_faults(provider)
    for action, missing, unknown in found:
        ready = "no" if missing else "cannot be told" if unknown else "yes"
        shown.add_row(cell(action), cell(ready), cell(", ".join(missing or unknown)))
    console().print(shown)
    for warning in hasty(provider):
        click.echo(f"  warning  {warning}")
    return sum(bool(missing) for _, missing, _ in found)
