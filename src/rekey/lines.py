"""Records of NDJSON files by their number: few are cut out, the others are only counted."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

_BUFFER: Final = 1 << 20

_SHORTEST: Final = 20
"""Bytes; a shorter line may be blank."""


def records_at(
    path: Path, numbers: Iterable[int], *, blanks: bool = False
) -> Iterator[tuple[int, bytes]]:
    """Yield the wanted records with their physical line numbers, which count from 1.

    Args:
        path: the file; nothing but a line feed ends a line.
        numbers: ascending numbers of records, from 0.
        blanks: look out for blank lines, which are no records. That takes its time; without it,
            other records come out behind one.
    """
    with path.open("rb", buffering=_BUFFER) as file:
        lines: Iterator[tuple[int, bytes]] = enumerate(file, start=1)
        if blanks:
            lines = ((n, line) for n, line in lines if len(line) > _SHORTEST or line.strip())
        seen = 0
        for number in numbers:
            found = next(islice(lines, number - seen, None), None)
            if found is None:
                return
            yield found
            seen = number + 1
