"""``rekey doctor``: what is missing before the night in which it is needed."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rekey.cli.contain.options import settings_option
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.containment.interface import Permission, Provider, SecretStore


@click.command()
@click.option("--policy", is_flag=True,
              help="Print the least-privilege documents that grant what is needed, instead.")  # fmt: skip
@settings_option
def doctor(policy: bool, settings_file: Path) -> int:
    """Say which permission is missing for which action, and whether people and journal are ready.

    Asks the providers and changes nothing.
    """
    from rekey.cli.contain.opening import connections, read, store
    from rekey.containment.readiness import site_faults
    from rekey.report.words import plural

    settings = read(settings_file)
    providers = connections(settings).providers
    stores = [found for one in settings.stores if (found := store(settings, one.name))]
    if policy:
        for provider in providers:
            needed = {one for action in provider.actions() for one in action.spec.permissions}
            _print_policy(provider, needed)
        for each in stores:
            _print_policy(each.provider, each.permissions)
        return ExitCode.OK
    faults = sum(_examine(provider) for provider in providers)
    faults += sum(_examine_store(each) for each in stores)
    for fault in site_faults(settings):
        click.echo(f"  missing  {fault}")
        faults += 1
    click.echo(f"not ready: {plural(faults, 'fault')}" if faults else "ready")
    return ExitCode.FINDINGS if faults else ExitCode.OK


def _print_policy(provider: "Provider", needed: "Iterable[Permission]") -> None:
    click.echo(provider.policy(sorted(needed, key=lambda one: (one.name, one.resource))))


def _examine(provider: "Provider") -> int:
    """Print what a provider lacks; give the number of faults."""
    from rekey.cli.terminal import cell, console, table
    from rekey.containment.readiness import action_faults, hasty
    from rekey.report.words import plural

    try:
        where = provider.connection()
    except RekeyError as error:
        click.echo(f"{provider.name}: {error.message}")
        return 1
    click.echo(f"{provider.name} {where.scope} as {where.principal}")
    found = action_faults(provider)
    lacking = [one for one in found if one[1] or one[2]]
    if ready := len(found) - len(lacking):
        click.echo(f"  ready    {plural(ready, 'action')}")
    if lacking:
        shown = table("Action", "Ready", "Missing")
        for action, missing, unknown in lacking:
            shown.add_row(cell(action), *(cell(one) for one in _told(missing, unknown)))
        console().print(shown)
    for warning in hasty(provider):
        click.echo(f"  warning  {warning}")
    return sum(bool(missing) for _, missing, _ in found)


def _examine_store(store: "SecretStore") -> int:
    """Print what a secret store lacks; give the number of faults."""
    from rekey.containment.readiness import store_faults

    try:
        missing, unknown = store_faults(store)
    except RekeyError as error:
        click.echo(f"store {store.name}: {error.message}")
        return 1
    ready, lacks = _told(missing, unknown)
    click.echo(f"store {store.name}  ready: {ready}  {lacks}".rstrip())
    return bool(missing)


def _told(missing: list[str], unknown: list[str]) -> tuple[str, str]:
    ready = "no" if missing else "cannot be told" if unknown else "yes"
    return ready, ", ".join(missing or unknown)
