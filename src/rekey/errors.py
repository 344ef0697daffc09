"""The one error root, and the exit codes of the whole command line.

An error says what is wrong, where (file and line, if there is one) and what to do about it.
``rekey.cli.main`` is the only place that catches it.
"""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the process tells its caller. Documented in docs/exit-codes.md."""

    OK = 0
    """Done. Alerts may have been raised: they are a result, not a failure."""
    FINDINGS = 1
    """A check found faults (``rules check``, ``rules test``) or ``--fail-on`` was reached."""
    USAGE = 2
    """The command line, the site file, a rule or a pack is wrong: nothing was processed."""
    INPUT = 3
    """No readable event in the input."""
    PARTIAL = 4
    """Done, but some input was unreadable: it was counted and kept aside."""
    REFUSED = 5
    """A guard, a missing approval or the kill switch forbade it: nothing further was changed."""
    INCOMPLETE = 6
    """Not everything is done and proven, or something was left out and may be usable still;
    ``rekey contain status`` says what."""
    BROKEN = 7
    """A journal was altered, or does not reach to its anchor."""
    UNANCHORED = 8
    """The journal is intact up to its last entry; whether later ones were cut off is unknown."""
    EXPOSED = 9
    """All is done and proven, and something stays usable until it expires, as the plan had said."""
    INTERNAL = 70
    """A defect of rekey itself."""
    SYSTEM = 74
    """The system refused: the disk is full, a file or folder may not be read or written."""
    INTERRUPTED = 130
    """Ended by the user, or by a signal."""
    BROKEN_PIPE = 141
    """The reader of the output went away, as ``head`` does."""


@dataclass(frozen=True)
class Place:
    """A position in a file; lines count from 1."""

    path: Path | str
    line: int | None = None

    def __str__(self) -> str:
        """Give ``path:line``, as editors understand it."""
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class RekeyError(Exception):
    """Root of all errors that are the user's to mend.

    Attributes:
        message: what is wrong, one sentence, no secret values.
        place: file and line, if there is one.
        hint: what to do about it.
    """

    exit_code = ExitCode.USAGE

    def __init__(
        self, message: str, *, place: Place | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.place, self.hint = message, place, hint

    def __str__(self) -> str:
        """Give the message with place and hint, on one line each."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


class InputError(RekeyError):
    """Nothing in the input could be read."""

    exit_code = ExitCode.INPUT
