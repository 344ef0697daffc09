"""What a SIEM must offer to be deployed to, and what is ours of an object there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Body = dict[str, Any]
"""Fields of an object, without what the server alone writes."""


def _as_it_is(field: str, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Policy:
    """Whose a field is.

    Attributes:
        kept: set when the object is made, its users' ever after.
        followed: ours until somebody changes it, theirs from then on.
        shared: lists of which each entry is somebody's: ours come and go, others' stay.
        fixed: a change of it makes another object: the old one is removed first.
        plain: gives what is compared of a field's value: servers write the same in several ways.
    """

    kept: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    plain: Callable[[str, Any], Any] = _as_it_is

    def content(self, body: Mapping[str, Any]) -> Body:
        """Give the fields that only we should change."""
        theirs = self.kept | self.followed | self.shared
        return {name: value for name, value in body.items() if name not in theirs}

    def same(self, field: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Say whether two objects say the same in a field; a missing field is none."""
        if field not in one or field not in other:
            return field not in one and field not in other
        return bool(self.plain(field, one[field]) == self.plain(field, other[field]))


@dataclass(frozen=True)
class Live:
    """An object as it is.

    Attributes:
        ours: it bears our mark; one that does not, and that we did not write, is never touched.
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
            Failed: it may have been made, and the server still answers.
            Rejected: it was not.
        """
        ...

    def update(self, key: str, body: Body) -> Body:
        """Replace an object; give it as it was stored. Raises as :meth:`create`."""
        ...

    def remove(self, key: str) -> None:
        """Remove an object; one that is gone is no error. Raises as :meth:`create`."""
        ...
