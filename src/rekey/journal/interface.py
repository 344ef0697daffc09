"""Entries, heads, and what a journal does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from rekey.errors import ExitCode, RekeyError
from rekey.journal.canonical_json import digest

FIRST: Final = "0" * 64
"""What the first entry names as the hash before it."""


class JournalError(RekeyError):
    """The journal cannot be opened, read or written. Nothing is done without it."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True)
class Draft:
    """An entry that is to be written.

    Attributes:
        kind: what happened, such as ``intent``.
        payload: plain JSON without floats and without secrets.
        run: the run that it belongs to, and ``step`` within it.
        subject: the identity that it concerns, by which leases and cool-downs are found.
        due_at: when something that it announces falls due.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    step: str | None = None
    subject: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One entry as it stands in the journal; ``seq`` counts from 1 without gaps."""

    seq: int
    time: datetime
    kind: str
    run: str | None
    step: str | None
    subject: str | None
    due_at: datetime | None
    payload: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True)
class Head:
    """The end of the chain after one entry: what leaves the machine, and what gets signed.

    Attributes:
        journal: id of the journal, given once when it was made.
        hash: hash of entry ``seq``; through the chain it stands for all before it.
    """

    journal: str
    seq: int
    hash: str
    time: datetime
    kind: str
    run: str | None

    def document(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return {
            "journal": self.journal, "seq": self.seq, "hash": self.hash,
            "time": stamp(self.time), "kind": self.kind, "run": self.run,
        }  # fmt: skip


def stamp(time: datetime) -> str:
    """Write a time as the journal does: UTC with microseconds, so that text sorts as time does."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_hash(
    seq: int, time: datetime, draft: Draft, previous: str, payload: Mapping[str, Any]
) -> str:
    """Give the hash of an entry: SHA-256 over the canonical JSON of all its parts."""
    return digest({
        "seq": seq, "time": stamp(time), "kind": draft.kind, "run": draft.run, "step": draft.step,
        "subject": draft.subject, "due_at": stamp(draft.due_at) if draft.due_at else None,
        "payload": payload, "previous": previous,
    })  # fmt: skip


class Sink(Protocol):
    """A place off this machine, or at least off this disk, that keeps heads."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def ship(self, heads: Sequence[Head]) -> None:
        """Deliver heads in order; may be called again with the same ones.

        Raises:
            OSError: not delivered; it is tried again with the next entry.
        """

    def check(self) -> None:
        """See whether it could be reached; delivers nothing.

        Raises:
            OSError: it could not.
        """

    def last(self) -> Head | None:
        """Give the last head that it holds; ``None`` if it holds none, or cannot tell.

        Raises:
            OSError: it holds some, and cannot be read.
        """


Condition = Callable[["Journal"], None]
"""Looks at the journal inside the transaction of an append, and raises to prevent it."""


class Journal(Protocol):
    """An append-only list of entries. Several processes may append; each append is atomic."""

    @property
    def id(self) -> str:
        """The id given when it was made."""

    def append(self, draft: Draft, condition: Condition | None = None) -> Entry:
        """Write one entry and return when it is on the disk; then ship its head.

        Raises:
            JournalError: it could not be written; the caller must not go on.
        """

    def entries(
        self, *, run: str | None = None, kind: str | None = None, subject: str | None = None
    ) -> Iterator[Entry]:
        """Give entries in order, all or those with these values."""

    def head(self) -> Head | None:
        """Give the end of the chain; ``None`` while it is empty."""

    def unshipped(self) -> Mapping[str, int]:
        """Give for each sink that lags how many heads it lacks."""
