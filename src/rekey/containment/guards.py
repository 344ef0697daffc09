"""Guards: what must hold before every effect. Asked when planning, and again before each effect.

Each guard is a function that says why not, or ``None``. Nothing overrides *self*, *account* and
*protected*; an emergency override replaces missing approvers and the cool-down, nothing else.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from rekey.containment.break_glass import BreakGlass
from rekey.containment.interface import Provider
from rekey.containment.secret_store import SecretStore
from rekey.containment.settings import Dependency
from rekey.containment.target import Connection, Target
from rekey.errors import ExitCode, RekeyError
from rekey.journal.interface import Journal
from rekey.site.model import Site, glob


class GuardRefused(RekeyError):
    """A guard said no; nothing was changed.

    Attributes:
        guard: its name, for the journal and the figures.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, guard: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{guard} guard: {message}", hint=hint)
        self.guard = guard


def account(connection: Connection, provider: str, scope: str) -> None:
    """Refuse where we are connected elsewhere than the plan says.

    Raises:
        GuardRefused: another account, cluster or Vault.
    """
    if (connection.provider, connection.scope) != (provider, scope):
        raise GuardRefused(
            "account",
            f"connected to {connection.provider} {connection.scope}, "
            f"but the case is about {provider} {scope}",
        )


def unchanged(different: Iterable[str], target: str) -> None:
    """Refuse where a target is not what the plan says it is.

    Raises:
        GuardRefused: it differs; says in what.
    """
    if names := ", ".join(different):
        raise GuardRefused(
            "identity",
            f"not as it was planned: {target} has another {names}",
            hint="It was changed since, or the plan was written by hand. Make a new plan.",
        )


def oneself(
    connection: Connection,
    target: Target,
    store: SecretStore | None,
    depends_on: Iterable[Dependency],
) -> None:
    """Refuse to act on the identity that we act as, or on what containment depends on.

    Raises:
        GuardRefused: it is one of them, or we do not know who we are.
    """
    if not connection.principal or not connection.identities:
        raise GuardRefused("self", "the provider does not say who we are")
    ourselves = connection.identities | {connection.principal}
    writers = store.identities() if store is not None else frozenset()
    for who, names in target.hit().items():
        if names & ourselves:
            raise GuardRefused("self", f"{who} is who rekey runs as")
        for name, reason in connection.depends_on.items():
            if name in names:
                raise GuardRefused("self", f"rekey depends on {name}: {reason}")
        if store is not None and names & writers:
            raise GuardRefused("self", f"the secret store {store.name} depends on {who}")
        for one in depends_on:
            if any(glob(one.match).fullmatch(name) for name in names):
                raise GuardRefused("self", f"containment depends on {who}: {one.reason}")


def protected(provider: Provider, target: Target, listed: BreakGlass, site: Site) -> None:
    """Refuse what the provider reserves, the break-glass list names, or the site marks.

    Raises:
        GuardRefused: it is protected; the lists add up, none takes anything back.
    """
    if why := provider.protected(target):
        raise GuardRefused("break-glass", f"{target.identity}: {why}")
    for who, names in target.hit().items():
        why = listed.why(names)
        if not why and any(
            one.break_glass and any(glob(one.match).fullmatch(name) for name in names)
            for one in site.identities
        ):
            why = "the site file marks it as break-glass"
        if why:
            raise GuardRefused("break-glass", f"{who}: {why}")


def clock(now: datetime, journal: Journal, skew: timedelta) -> None:
    """Refuse with a clock that went back: cut-offs and proofs are counted by it.

    Raises:
        GuardRefused: it is behind the journal.
    """
    head = journal.head()
    if head is not None and now + skew < head.time:
        raise GuardRefused(
            "clock",
            f"it is {now:%Y-%m-%d %H:%M:%S} UTC here, and the journal goes on until "
            f"{head.time:%Y-%m-%d %H:%M:%S} UTC",
            hint="Set the clock of this machine: by one that went back, a cut spares what it "
            "should end.",
        )


def halted(kill_switch: Path) -> None:
    """Refuse while the kill switch is on.

    Raises:
        GuardRefused: the file exists, or it cannot be told.
    """
    try:
        kill_switch.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise GuardRefused("kill switch", f"cannot be read: {error.strerror}") from error
    raise GuardRefused("kill switch", f"{kill_switch} exists", hint="Remove it to go on.")


def rate(journal: Journal, now: datetime, effects_per_hour: int) -> None:
    """Refuse when too much was changed within the last hour, by whatever run.

    Raises:
        GuardRefused: the cap is reached.
    """
    recent = sum(now - one.time < timedelta(hours=1) for one in journal.entries(kind="intent"))
    if recent >= effects_per_hour:
        raise GuardRefused(
            "rate",
            f"{recent} effects within the last hour; the cap is {effects_per_hour}",
            hint="Somebody may be steering containment against you. Look, then `rekey contain "
            "resume`, or raise limits.effects_per_hour.",
        )


def cool_down(journal: Journal, subject: str, run: str, now: datetime, length: timedelta) -> None:
    """Refuse an identity that another run acted on a moment ago.

    Raises:
        GuardRefused: it has not cooled down.
    """
    for one in journal.entries(subject=subject):
        if one.kind == "intent" and one.run != run and now - one.time < length:
            raise GuardRefused(
                "cool-down",
                f"run {one.run} acted on {subject} at {one.time:%H:%M:%S} UTC",
                hint=f"Wait until {one.time + length:%H:%M:%S} UTC, or say --emergency REASON.",
            )
