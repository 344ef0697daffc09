"""Where successors are written to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rekey.containment.action_spec import Permission
from rekey.containment.secret import Secret

if TYPE_CHECKING:
    from rekey.containment.interface import Provider


class SecretStore(Protocol):
    """Where new secrets go. It takes values and never gives them back."""

    @property
    def name(self) -> str:
        """What the plan calls it, such as ``vault:secret`` or ``aws-secretsmanager``."""

    @property
    def provider(self) -> "Provider":
        """The connection that it writes through, to ask what it may do."""

    @property
    def permissions(self) -> Sequence[Permission]:
        """What writing needs; no right to read a value is among it."""

    def identities(self) -> frozenset[str]:
        """Give what it depends on, for the self guard: its key, its account, its token's entity."""

    def unready(self, destination: str) -> str | None:
        """Say why nothing could be written there: no such place, a right that is missing or unknown.

        Reads only. Asked when the plan is made, and again before a credential is issued. ``None``
        if it could be written, as far as that can be told.

        Raises:
            Unreachable: nobody answers, or not to this.
        """

    def find(self, destination: str, marker: str) -> str | None:
        """Give the version that was written with this marker (:meth:`Call.mark_of`), if any."""

    def write(self, destination: str, value: Secret, marker: str) -> str:
        """Write a value once for this marker; give the version id."""

    def restore(self, destination: str, marker: str) -> None:
        """Make the version current again that ours replaced; safe to repeat.

        Raises:
            Refused: it keeps no earlier version, or cannot bring one back without reading it, or
                somebody wrote another one since. Nothing was changed.
        """
