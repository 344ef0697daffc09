"""What a SIEM must offer to be deployed to, and what is ours of an object there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Body = dict[str, Any]
"""Fields of an object, without what the server alone writes."""


@dataclass(frozen=True)
class Policy:
    """Whose a field is.

    Attributes:
        kept: set when the object is made, its users' ever after.
        followed: ours until somebody changes it, theirs from then on.
        fixed: a change of it makes another object: the old one is removed first.
    """

    kept: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()

    def content(self, body: Mapping[str, Any]) -> Body:
        """Give the fields that only we should change."""
        theirs = self.kept | self.followed
        return {name: value for name, value in body.items() if name not in theirs}


@dataclass(frozen=True)
class Live:
    """An object as it is.

    Attributes:
        ours: it bears our mark; one that does not is never touched.
    """

    body: Body
    ours: bool


class Target(Protocol):
    """A SIEM. Keys are ``<kind>:<id>``; what they name is found again under the same key."""

    name: str
    place: str
    """Address and space: a plan made for one place is not applied to another."""

    def policy(self, key: str) -> Policy:
        """Say whose the fields of an object are."""
        ...

    def live(self, keys: frozenset[str]) -> dict[str, Live]:
        """Read these objects, and all others that bear our mark.

        Raises:
            Unreachable: no usable answer.
            Denied: we may not read.
        """
        ...

    def read(self, key: str) -> Live | None:
        """Read one object."""
        ...

    def create(self, key: str, body: Body) -> Body:
        """Make an object; give it as it was stored.

        Raises:
            Unreachable: it may have been made.
            Rejected: it was not.
        """
        ...

    def update(self, key: str, body: Body) -> Body:
        """Replace an object; give it as it was stored. Raises as :meth:`create`."""
        ...

    def remove(self, key: str) -> None:
        """Remove an object; one that is gone is no error. Raises as :meth:`create`."""
        ...
