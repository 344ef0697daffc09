"""The providers that are connected, and what each of them offers."""

from collections.abc import Iterable
from dataclasses import dataclass

from rekey.containment.errors import ProviderError
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Action, Provider
from rekey.containment.target import Connection
from rekey.errors import RekeyError


@dataclass(frozen=True)
class Lost:
    """A connection, or a store, that could not be made, or that does not say where it is."""

    name: str
    why: RekeyError


class Connections:
    """Finds a provider by name and scope, and an action by name.

    A connection that fails stands in nobody's way who needs another one.

    Args:
        providers: those that are connected.
        lost: those that could not be.
    """

    def __init__(self, providers: Iterable[Provider], lost: Iterable[Lost] = ()) -> None:
        self.providers = tuple(providers)
        self.lost = tuple(lost)

    def for_account(self, name: str, account: str | None) -> tuple[Provider, Connection]:
        """Find the connection to an account of a case.

        Raises:
            RekeyError: none fits, or it cannot be told which; where none fits, and one does not say
                where it is, what that one says.
        """
        known, lost = self._reached(name)
        fitting = [
            (one, where)
            for one, where in known
            if account is not None and account in {where.scope, *where.scope_names}
        ]
        if len(fitting) != 1:
            if lost and not fitting and account is not None:
                raise lost[0].why
            what = f"{name} {account}" if account else f"{name}, of an account the case cannot name"
            many = "more than one connection" if fitting else "no connection"
            raise RekeyError(
                f"{many} to {what}",
                hint="The settings file names connections under providers; options.names lists "
                "the names under which logs know a cluster or a Vault."
                + ("" if account else f" Say which one it is: --account {name}=NAME."),
            )
        return fitting[0]

    def in_scope(self, name: str, scope: str) -> Provider:
        """Find the provider of a plan's step by asking each where it is now.

        Raises:
            GuardRefused: none is connected to that scope.
            RekeyError: none is, and one does not say where it is.
        """
        here, lost = self._reached(name)
        found = [one for one, where in here if where.scope == scope]
        if lost and not found:
            raise lost[0].why
        if len(found) != 1:
            connected = ", ".join(where.scope for _, where in here) or "nothing"
            raise GuardRefused(
                "account",
                f"the plan acts on {name} {scope}, and connected is {connected}",
                hint="Use the credentials and settings of the account that the case is about.",
            )
        return found[0]

    def _reached(self, name: str) -> tuple[list[tuple[Provider, Connection]], list[Lost]]:
        """Ask all connections of a provider where they are; give also those that cannot be asked."""
        reached, lost = [], [one for one in self.lost if one.name == name]
        for one in self.providers:
            if one.name == name:
                try:
                    reached.append((one, one.connection()))
                except RekeyError as error:
                    lost.append(Lost(name, error))
        return reached, lost


def action_of(provider: Provider, name: str) -> Action:
    """Find an action; one that cannot be verified is none.

    Raises:
        ProviderError: the provider has no such action, or it lacks a part of the contract.
    """
    found = [action for action in provider.actions() if action.spec.name == name]
    if len(found) != 1:
        raise ProviderError(f"the provider {provider.name} has no action {name!r}")
    parts = ("forecast", "observe", "probe", "clear", "apply", "verify", "compensate")
    missing = [part for part in parts if not callable(getattr(found[0], part, None))]
    if missing:
        raise ProviderError(f"the action {name!r} has no {missing[0]}: it cannot be planned")
    return found[0]
