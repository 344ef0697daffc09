"""Records of NDJSON files by their number: few are cut out, the others are only counted."""

from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Event
from typing import BinaryIO, Final

_STEP: Final = 16
"""Lines between two places that an index knows."""

_FAR: Final = 2 * _STEP
"""Lines that are quicker jumped over than read."""

_LARGE, _SMALL = 1 << 20, 1 << 15
"""Bytes read at once: in a row, and between jumps."""

_SPACE: Final = ord(" ")
"""No blank line begins with a byte that is greater."""


class Lines:
    """The lines of a file; nothing but a line feed ends one.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._starts: array[int] | None = None

    def index(self, stop: Event | None = None) -> None:
        """Note where lines begin, so that few of them can be found quickly.

        Args:
            stop: set to end before the file does; then nothing is noted.

        Raises:
            OSError: the file cannot be read.
        """
        starts = array("Q", [0])
        with self.path.open("rb", buffering=_LARGE) as file:
            while stop is None or not stop.is_set():
                deque(islice(file, _STEP), maxlen=0)
                if (place := file.tell()) == starts[-1]:
                    self._starts = starts
                    return
                starts.append(place)

    @cached_property
    def count(self) -> int:
        """How many lines there are, blank ones among them.

        Raises:
            OSError: the file cannot be read.
        """
        starts = self._starts or array("Q", [0])
        known = max(len(starts) - 2, 0)  # the last step may be a short one
        with self.path.open("rb", buffering=0) as file:
            file.seek(starts[known])
            ends, last = 0, b"\n"
            while chunk := file.read(_LARGE):
                ends, last = ends + chunk.count(b"\n"), chunk[-1:]
        return known * _STEP + ends + (last != b"\n")

    def records(self, numbers: Iterable[int], *, of: int) -> Iterator[tuple[int, bytes]]:
        """Yield the wanted records with their physical line numbers, which count from 1.

        Args:
            numbers: ascending numbers of records, from 0.
            of: how many records the file was found to hold. Each is one line, so that a file of more
                lines has blank ones, which are passed over: that takes its time.

        Raises:
            OSError: the file cannot be read.
        """
        with self.path.open("rb", buffering=_SMALL if self._starts else _LARGE) as file:
            if self.count != of:
                yield from _filled(file, numbers)
                return
            seen = 0
            for number in numbers:
                seen = self._jump(file, seen, number)
                line = next(islice(file, number - seen, None), None)
                if line is None:
                    return
                seen = number + 1
                yield seen, line

    def _jump(self, file: BinaryIO, seen: int, number: int) -> int:
        """Go near a line if that is far away; give the number of the next line."""
        place = number // _STEP
        if self._starts is None or number - seen < _FAR or place >= len(self._starts):
            return seen
        file.seek(self._starts[place])
        return place * _STEP


def _filled(file: BinaryIO, numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    lines = enumerate(file, start=1)
    filled = ((n, line) for n, line in lines if line[0] > _SPACE or line.strip())
    seen = 0
    for number in numbers:
        found = next(islice(filled, number - seen, None), None)
        if found is None:
            return
        yield found
        seen = number + 1
