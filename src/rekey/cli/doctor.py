"""``rekey doctor``: what is missing before the night in which it is needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from rekey.cli.contain.options import settings_option
from rekey.cli.options import all_packs, pack_option
from rekey.cli.terminal import visible
from rekey.errors import ExitCode, RekeyError

if TYPE_CHECKING:
    from rekey.containment.connections import Lost
    from rekey.containment.interface import Provider
    from rekey.containment.secret_store import SecretStore
    from rekey.containment.settings import ContainmentSettings

ALL: Final = "all"
"""What ``--policy`` prints where it names nothing."""


@click.command()
@click.option("--policy", is_flag=False, flag_value=ALL, metavar="[NAME]",
              help="Print the least-privilege documents that grant what is needed, instead: all, or "
              "that of one provider or store.")  # fmt: skip
@settings_option
@pack_option
def doctor(policy: str | None, settings_file: Path, folders: tuple[Path, ...]) -> int:
    """Say which permission is missing for which action, and whether people and journal are ready.

    Asks the providers and changes nothing.
    """
    from rekey.cli.contain.opening import connections, read, sinks
    from rekey.containment.playbook import Library
    from rekey.containment.readiness import (
        journal_faults,
        playbook_faults,
        sink_faults,
        site_faults,
    )
    from rekey.report.words import plural

    settings = read(settings_file)
    connected = connections(settings)
    providers = connected.providers
    stores, unopened = _stores(settings)
    lost = [*connected.lost, *unopened]
    if policy is not None:
        for one in lost:
            click.echo(f"warning: left out is {_said(one)}", err=True)
        return _print_policies(providers, stores, policy)
    library = Library(pack.playbooks for pack in all_packs(folders))
    for one in lost:
        click.echo(_said(one))
    faults = len(lost)
    faults += sum(_examine(provider, settings) for provider in providers)
    faults += sum(_examine_store(each) for each in stores)
    heads_go_to = sinks(settings.journal)
    missing = [
        *site_faults(settings), *sink_faults(heads_go_to), *journal_faults(settings, heads_go_to),
        *playbook_faults(library, providers),
    ]  # fmt: skip
    for fault in missing:
        click.echo(f"  missing  {visible(fault)}")
    faults += len(missing)
    click.echo(f"not ready: {plural(faults, 'fault')}" if faults else "ready")
    return ExitCode.FINDINGS if faults else ExitCode.OK


def _stores(settings: "ContainmentSettings") -> "tuple[list[SecretStore], list[Lost]]":
    """Open the stores; give also those that cannot be."""
    from rekey.cli.contain.opening import store
    from rekey.containment.connections import Lost

    opened, lost = [], []
    for one in settings.stores:
        try:
            if found := store(settings, one.name):
                opened.append(found)
        except RekeyError as error:
            lost.append(Lost(f"store {one.name}", error))
    return opened, lost


def _said(lost: "Lost") -> str:
    hint = f" ({lost.why.hint})" if lost.why.hint else ""
    return visible(f"{lost.name}: {lost.why.message}{hint}")


def _print_policies(
    providers: "Sequence[Provider]", stores: "Sequence[SecretStore]", name: str
) -> int:
    """Print documents; one alone as it is, several with a line that says which is which."""
    from rekey.containment.readiness import by_holder

    offered = [
        (f"{one.name}, {holder}" if holder else one.name, one, needed)
        for one in providers for holder, needed in by_holder(one).items()
    ]  # fmt: skip
    offered += [(one.name, one.provider, set(one.permissions)) for one in stores]
    chosen = [one for one in offered if name in (ALL, one[0], one[0].partition(",")[0])]
    if not chosen:
        known = ", ".join(dict.fromkeys(one[0] for one in offered)) or "none"
        raise RekeyError(f"the settings name no provider or store {name!r}; they name {known}")
    for title, provider, needed in chosen:
        if len(chosen) > 1:
            click.echo(f"# {title}: {_scope(provider)}")
        click.echo(provider.policy(sorted(needed, key=lambda one: (one.name, one.resource))))
    return ExitCode.OK


def _scope(provider: "Provider") -> str:
    try:
        return f"{provider.name} {provider.connection().scope}"
    except RekeyError:
        return provider.name


def _examine(provider: "Provider", settings: "ContainmentSettings") -> int:
    """Print what a provider lacks; give the number of faults."""
    from rekey.cli.contain.opening import clock
    from rekey.cli.terminal import cell, console, table
    from rekey.containment.readiness import action_faults, clock_fault, hasty
    from rekey.report.words import plural

    try:
        where = provider.connection()
    except RekeyError as error:
        click.echo(visible(f"{provider.name}: {error.message}"))
        return 1
    click.echo(visible(f"{provider.name} {where.scope} as {where.principal}"))
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
        click.echo(visible(f"  warning  {warning}"))
    off = clock_fault(where, clock().now(), settings.limits)
    if off:
        click.echo(visible(f"  missing  {off}"))
    return sum(bool(missing) for _, missing, _ in found) + bool(off)


def _examine_store(store: "SecretStore") -> int:
    """Print what a secret store lacks; give the number of faults."""
    from rekey.containment.readiness import store_faults

    try:
        missing, unknown = store_faults(store)
    except RekeyError as error:
        click.echo(visible(f"store {store.name}: {error.message}"))
        return 1
    ready, lacks = _told(missing, unknown)
    click.echo(visible(f"store {store.name}  ready: {ready}  {lacks}".rstrip()))
    return bool(missing)


def _told(missing: list[str], unknown: list[str]) -> tuple[str, str]:
    ready = "no" if missing else "cannot be told" if unknown else "yes"
    return ready, ", ".join(missing or unknown)
