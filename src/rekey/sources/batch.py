"""What a reading process is told, and what it answers; JSON documents both."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from rekey.sources.interface import InputFile, Limits, Segment
from rekey.sources.rejects import RejectedPart

WORTH_A_PROCESS: Final = 8 << 20
"""Bytes of files, as they lie there, that take longer to read than a process to start."""

_AT_MOST: Final = 4
"""Processes at once: each may hold a whole file's worth of values in memory."""


@dataclass(frozen=True, slots=True)
class Named:
    """A file to be read.

    Attributes:
        name: as the system names it.
        path: as reports name it.
        number: its number in the run.
        size: its bytes.
    """

    name: str
    path: str
    number: int
    size: int


class Batch(BaseModel):
    """Files for one process, in order.

    Attributes:
        files: their names are written as JSON can hold them: see :func:`spelled`.
        part: of all of them.
        source: the log source, if it is forced.
        limits: the archives' bytes are those that the run has left.
        folder: where spools are written.
        name: how their names begin.
        keeps_rejects: what is set aside is written there too.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[Named, ...]
    part: int
    source: str | None
    limits: Limits
    folder: Path
    name: str
    keeps_rejects: bool


class Answer(BaseModel):
    """What has been read.

    Attributes:
        files: in the order of the batch.
        segments: the spools.
        rejected: what was set aside.
        left: bytes of archives that the run may still unpack.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[InputFile, ...]
    segments: tuple[Segment, ...]
    rejected: RejectedPart
    left: int


def spelled(name: str) -> str:
    """Write a file's name with a character for each byte: it need not be UTF-8."""
    return os.fsencode(name).decode("latin-1")


def name_of(spelling: str) -> str:
    """Give the name that was written so."""
    return os.fsdecode(spelling.encode("latin-1"))


def shares(files: Sequence[Named], cores: int) -> list[tuple[Named, ...]]:
    """Divide files among processes: neighbours together, about as many bytes for each.

    Returns:
        One share alone where more are not worth it.
    """
    total = sum(each.size for each in files)
    count = max(1, min(_AT_MOST, cores, len(files), total // WORTH_A_PROCESS))
    found: list[list[Named]] = [[] for _ in range(count)]
    before = 0
    for each in files:
        found[min(before * count // max(total, 1), count - 1)].append(each)
        before += each.size
    return [tuple(share) for share in found if share]
