"""What a usual run of the suite leaves out, because it takes long; ``make sweep`` leaves out nothing."""

import os
from collections.abc import Sequence
from typing import Final, TypeVar
from zlib import crc32

ALL: Final = os.environ.get("REKEY_SWEEP") == "all"
"""Whether nothing is left out."""

ROUND: Final = int(os.environ.get("REKEY_SWEEP_ROUND", "0"))
"""Which part a run takes that leaves something out."""

T = TypeVar("T")


def some(items: Sequence[T], share: int, name: str) -> list[T]:
    """Give every so many-th of the items, at least one if there are any; all in a full sweep.

    Where it begins is told by the name and the round: names that differ take different parts, and
    as many rounds as the share leave nothing out.
    """
    if ALL or not items:
        return list(items)
    share = min(share, len(items))
    return list(items[(crc32(name.encode()) + ROUND) % share :: share])
