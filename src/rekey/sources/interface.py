"""What an event source gives, and what it sets aside.

An event source turns what the user names into *segments*: newline-delimited JSON that the store
scans with a typed reader. A segment is either **direct** (the user's own file, handed over as it
is) or a **spool** (a file that the intake wrote). Each line of a spool is one checked record::

    {"p": part, "f": file number, "r": record number, "c": context or null, "d": {the record}}

``r`` counts from 1: lines where the input is lines, elements where it is an array.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Reason(StrEnum):
    """Why a record, or the rest of a file, was set aside."""

    NOT_JSON = "not_json"
    TRUNCATED = "truncated"
    """It ends in the middle of a record, or of the archive."""
    WRONG_ENCODING = "wrong_encoding"
    UNKNOWN_SOURCE = "unknown_source"
    """JSON, but of no log source that we know."""
    MISSING_FIELD = "missing_field"
    ABSURD_TIME = "absurd_time"
    """No time, or one that no event of these sources can have."""
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    ARCHIVE_BOMB = "archive_bomb"
    UNREADABLE = "unreadable"
    """No permission, a damaged or unknown archive, a read error."""
    WRONG_TYPE = "wrong_type"
    """A field is of a JSON type that its source never writes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep memory and disk in hand, whatever the input."""

    record_bytes: int = 16_000_000
    """Size of one record. Below the 16 MiB at which DuckDB refuses a line by default."""
    depth: int = 64
    """Levels of objects and arrays in one record."""
    wrapper_depth: int = 4
    """Wrappers around wrappers (an archive of log events of messages of records)."""
    ratio: int = 300
    """Decompressed to compressed bytes: real logs stay under 100."""
    ratio_after: int = 64 * 2**20
    """Decompressed bytes from which the ratio counts: small archives may compress very well."""
    total_bytes: int = 64 * 2**30
    """Decompressed bytes of all archives of one run."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Newline-delimited JSON of one source, ready for the typed scan.

    ``part`` and ``file`` hold for every line of a direct segment; in a spool each line has its own.
    """

    source: str
    path: Path
    direct: bool
    part: int
    file: int


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the user named, or that was found in a folder he named."""

    number: int
    """Unique in one run, from 1."""
    path: str
    """As the user named it; ``-`` is standard input."""
    sha256: str | None
    """Digest of its bytes as they lie there, if reading told; ``digest`` computes it otherwise.
    Empty where the file could not be opened."""
    size: int
    """Bytes that were read, or are to be read, as they lie there (compressed, if packed)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that was set aside. ``record`` is ``None`` where it concerns the whole file."""

    path: str
    record: int | None
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a piece of input; ``detail`` is a sentence without values."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What there is to scan, and what it was read from."""

    segments: tuple[Segment, ...]
    files: tuple[InputFile, ...]


class EventSource(Protocol):
    """Raw events in. Several may be read one after the other; ``finish`` ends them all."""

    def read(self, paths: Sequence[str], *, part: int = 0) -> IntakeResult:
        """Read inputs; spooled segments may grow with each call until ``finish``."""
        ...

    def read_tolerantly(self, file: InputFile, *, part: int = 0) -> tuple[Segment, ...]:
        """Read one file record by record into segments of its own."""
        ...

    def finish(self) -> IntakeResult:
        """End; give everything that ``read`` gave, each segment once."""
        ...
