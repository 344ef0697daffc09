"""Connections that fail stand in nobody's way who needs another one."""

from typing import Any, cast

import pytest

from rekey.containment.connections import Connections, Lost
from rekey.containment.errors import Unreachable
from rekey.containment.guards import GuardRefused
from rekey.containment.interface import Provider
from rekey.containment.target import Connection
from rekey.errors import RekeyError


class Room:
    """No more of a provider than where it is."""

    name = "aws"

    def __init__(self, scope: str | None) -> None:
        self.scope = scope

    def connection(self) -> Connection:
        if self.scope is None:
            raise Unreachable("the session has expired")
        return Connection("aws", self.scope, "somebody", frozenset())


def connections(*scopes: str | None, lost: tuple[Lost, ...] = ()) -> Connections:
    return Connections([cast(Provider, Room(scope)) for scope in scopes], lost)


def asked(found: Connections, scope: str) -> list[Any]:
    return [found.for_account("aws", scope)[0], found.in_scope("aws", scope)]


def test_one_that_does_not_say_where_it_is_is_passed_over() -> None:
    found = connections(None, "1", "2")
    assert asked(found, "2") == [found.providers[2]] * 2


def test_where_none_fits_the_one_that_fails_says_why() -> None:
    for found in (
        connections(None, "1"),
        connections("1", lost=(Lost("aws", Unreachable("the session has expired")),)),
    ):
        with pytest.raises(Unreachable, match="the session has expired"):
            found.for_account("aws", "2")
        with pytest.raises(Unreachable, match="the session has expired"):
            found.in_scope("aws", "2")


def test_one_of_another_provider_that_fails_says_nothing() -> None:
    found = connections("1", lost=(Lost("vault", Unreachable("sealed")),))
    with pytest.raises(RekeyError, match="no connection to aws 2"):
        found.for_account("aws", "2")
    with pytest.raises(GuardRefused, match="connected is 1"):
        found.in_scope("aws", "2")


def test_two_connections_to_one_account_are_one_too_many() -> None:
    found = connections("1", "1", None)
    with pytest.raises(RekeyError, match="more than one connection to aws 1"):
        found.for_account("aws", "1")
    with pytest.raises(GuardRefused):
        found.in_scope("aws", "1")
