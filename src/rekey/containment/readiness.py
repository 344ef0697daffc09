"""Is a site ready to contain anything? Which right is missing for which action, and what else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from rekey.containment.action_spec import ActionSpec, Permission
from rekey.containment.break_glass import read_break_glass
from rekey.containment.interface import Provider
from rekey.containment.playbook import Library, Playbook
from rekey.containment.secret_store import SecretStore
from rekey.containment.settings import ContainmentSettings, JournalSettings, Limits
from rekey.containment.target import Connection
from rekey.errors import RekeyError
from rekey.journal.checkpoint import NAMESPACE, last_checkpoint
from rekey.journal.interface import Head, Sink
from rekey.journal.ssh_signature import check_tool, sign, verify
from rekey.journal.verify import verify_journal


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


def by_holder(provider: Provider) -> dict[str, set[Permission]]:
    """Give the permissions that a provider's actions need, by who needs them.

    The connection's own identity comes first, and has no name.
    """
    needed = {one for action in provider.actions() for one in action.spec.permissions}
    holders = sorted({one.holder or "" for one in needed})
    return {holder: {one for one in needed if (one.holder or "") == holder} for holder in holders}


def store_faults(store: SecretStore) -> tuple[list[str], list[str]]:
    """Give the permissions that a secret store lacks, and those unknown.

    Raises:
        ProviderError: its provider cannot be asked, or it does not say as whom it writes.
    """
    store.identities()
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


def clock_fault(connection: Connection, now: datetime, limits: Limits) -> str | None:
    """Say how far our clock is from the provider's, if that is further than the settings expect."""
    if connection.clock is None or abs(now - connection.clock) <= limits.clock_skew:
        return None
    return (
        f"clock: it is {now:%H:%M:%S} UTC here and {connection.clock:%H:%M:%S} UTC by the clock of "
        f"{connection.provider}; limits.clock_skew expects at most {limits.clock_skew}"
    )


def playbook_faults(library: Library, providers: Sequence[Provider]) -> list[str]:
    """Say which steps of playbooks the connected providers could not carry out.

    Playbooks of providers that are not connected are not looked at.
    """
    specs = {one.spec.name: one.spec for provider in providers for one in provider.actions()}
    names = {provider.name for provider in providers}
    return [
        fault for book in library.playbooks.values() for fault in _faults_of(book, specs, names)
    ]


def _faults_of(
    book: Playbook, specs: Mapping[str, ActionSpec], connected: set[str]
) -> Iterator[str]:
    for kind, both in book.automation.items():
        for step in (*both.contain, *both.rotate):
            provider, _, _ = step.action.partition(".")
            where, spec = f"playbook {book.name}, {kind}, {step.id}", specs.get(step.action)
            if provider not in connected:
                continue
            if spec is None:
                yield f"{where}: {provider} has no action {step.action}"
            elif spec.phase is not step.phase:
                yield f"{where}: {step.action} is {spec.phase}, not {step.phase}"
            elif kind not in spec.kinds:
                yield f"{where}: {step.action} does not take {kind}"


def site_faults(settings: ContainmentSettings) -> list[str]:
    """Say what the settings lack, each with what follows of it."""
    found = []
    if settings.allowed_signers is None:
        found.append("allowed_signers: without it nobody can request or approve a plan")
    elif not settings.allowed_signers.is_file():
        found.append(f"allowed_signers: there is no file {settings.allowed_signers}")
    try:
        check_tool()
    except RekeyError as error:
        found.append(f"ssh-keygen: {error.message}")
    if settings.break_glass is None:
        found.append("break_glass: no list says which identities must never be contained")
    else:
        try:
            read_break_glass(settings.break_glass, settings.allowed_signers)
        except RekeyError as error:
            found.append(f"break_glass: {error.message}")
    if settings.kill_switch.exists():
        found.append(f"kill_switch: {settings.kill_switch} exists, so that nothing will be changed")
    if not settings.providers:
        found.append("providers: none is connected")
    return found + list(_vouched(settings))


def sink_faults(sinks: Iterable[Sink]) -> list[str]:
    """Say which sinks of the journal cannot be reached; nothing is delivered."""
    found = []
    for sink in sinks:
        try:
            sink.check()
        except OSError as error:
            why = error.strerror or str(error)
            found.append(f"journal: {sink.name} cannot be reached ({why}): heads would stay here")
    return found


def journal_faults(settings: ContainmentSettings, sinks: Iterable[Sink]) -> list[str]:
    """Say whether the journal was altered or cut, by all that is known of it; it is only read."""
    if not settings.journal.path.exists():
        return []
    known = [head for sink in sinks if (head := _last_of(sink))]
    if settings.allowed_signers is not None:
        last = last_checkpoint(settings.journal.checkpoints, settings.allowed_signers)
        known += [last] if last else []
    try:
        verdict = verify_journal(settings.journal.path, known)
    except RekeyError as error:
        return [f"journal: {error.message}"]
    return [f"journal: {verdict.reason}"] if verdict.status == "broken" else []


def _last_of(sink: Sink) -> Head | None:
    with suppress(OSError):
        return sink.last()
    return None


def _vouched(settings: ContainmentSettings) -> Iterator[str]:
    journal = settings.journal
    if not journal.sinks and journal.checkpoint_key is None:
        yield ("journal: no sink and no checkpoint_key, so that a shortened journal would go "
               "unnoticed")  # fmt: skip
    if journal.checkpoint_key is not None and (why := _checkpoint_fault(settings, journal)):
        yield f"journal: checkpoint_key: {why}"


def _checkpoint_fault(settings: ContainmentSettings, journal: JournalSettings) -> str | None:
    """Sign something with the key, and see whether it would be accepted."""
    if journal.checkpoint_key is None or settings.allowed_signers is None:
        return None
    try:
        signature = sign(b"rekey doctor\n", journal.checkpoint_key, NAMESPACE)
        verify(b"rekey doctor\n", signature, NAMESPACE, settings.allowed_signers)
    except RekeyError as error:
        return error.message
    return None
