"""Is a site ready to contain anything? Which right is missing for which action, and what else."""

from collections.abc import Iterable, Mapping

from rekey.containment.break_glass import read_break_glass
from rekey.containment.interface import Permission, Provider, SecretStore
from rekey.containment.settings import ContainmentSettings
from rekey.errors import RekeyError


def action_faults(provider: Provider) -> list[tuple[str, list[str], list[str]]]:
    """Give each action's name with the permissions that are missing, and those unknown.

    Raises:
        ProviderError: the provider cannot be asked.
    """
    actions = provider.actions()
    held = provider.permitted({one for action in actions for one in action.spec.permissions})
    return [
        (action.spec.name, *_lacking(action.spec.permissions, held))
        for action in sorted(actions, key=lambda action: action.spec.name)
    ]


def store_faults(store: SecretStore) -> tuple[list[str], list[str]]:
    """Give the permissions that a secret store lacks, and those unknown.

    Raises:
        ProviderError: its provider cannot be asked.
    """
    return _lacking(store.permissions, store.provider.permitted(store.permissions))


def _lacking(
    needed: Iterable[Permission], held: Mapping[Permission, bool | None]
) -> tuple[list[str], list[str]]:
    def of(value: bool | None) -> list[str]:
        return [f"{one.name} on {one.resource}" for one in needed if held.get(one) is value]

    return of(False), of(None)


def hasty(provider: Provider) -> list[str]:
    """Say where the site lets proofs count sooner than is advised."""
    found = {
        (one.spec.propagation.bound_seconds, one.spec.propagation.advised_seconds)
        for one in provider.actions()
        if one.spec.propagation.advised
    }
    return [
        f"{provider.name}: propagation_seconds is {bound}, and {advised} are advised: a proof may "
        "come before the effect holds everywhere"
        for bound, advised in sorted(found)
    ]


def site_faults(settings: ContainmentSettings) -> list[str]:
    """Say what the settings lack, each with what follows of it."""
    found = []
    if settings.allowed_signers is None:
        found.append("allowed_signers: without it nobody can request or approve a plan")
    elif not settings.allowed_signers.is_file():
        found.append(f"allowed_signers: there is no file {settings.allowed_signers}")
    if settings.break_glass is None:
        found.append("break_glass: no list says which identities must never be contained")
    else:
        try:
            read_break_glass(settings.break_glass, settings.allowed_signers)
        except RekeyError as error:
            found.append(f"break_glass: {error.message}")
    if not settings.journal.sinks and settings.journal.checkpoint_key is None:
        found.append("journal: no sink and no checkpoint_key, so that a shortened journal would "
                     "go unnoticed")  # fmt: skip
    if settings.kill_switch.exists():
        found.append(f"kill_switch: {settings.kill_switch} exists, so that nothing will be changed")
    if not settings.providers:
        found.append("providers: none is connected")
    return found
