"""Zstandard, frame by frame and block by block (RFC 8878).

The library is fed one block at a time. So each call gives at most one block (128 KiB), which
bounds memory, and a damaged block takes no good one with it.
"""

import re
from collections.abc import Iterator
from typing import Final

import zstandard

from rekey.sources.feed import PATIENCE, Feed
from rekey.sources.interface import Fault, Reason

_FRAME: Final = b"\x28\xb5\x2f\xfd"
_MARK: Final = re.compile(re.escape(_FRAME))
_SKIPPABLE: Final = b"\x2a\x4d\x18"
"""After a first byte of 0x50 to 0x5f."""
_WINDOW: Final = 2**27
"""128 MiB, as the zstd command line; a larger window is a demand on our memory."""
_BACK: Final = 2**16
"""Bytes before a fault in which the next frame may have begun."""
_RLE: Final = 1
"""Kind of a block that is one byte, repeated."""


def is_zstd(head: bytes) -> bool:
    """Say whether a frame begins here."""
    return head.startswith(_FRAME) or _is_skippable(head)


def unzstd(feed: Feed, faults: list[Fault]) -> Iterator[bytes]:
    """Decompress all frames; a line break stands where a damaged stretch was left out."""
    while head := feed.peek(8):
        known = len(faults)
        if _is_skippable(head):
            feed.skip(8 + int.from_bytes(head[4:8], "little"))
        elif head.startswith(_FRAME):
            yield from _frame(feed, faults)
        else:
            faults.append(Fault(Reason.UNREADABLE, "bytes between or after zstd frames"))
        if len(faults) > known:
            if len(faults) >= PATIENCE or not feed.skip_to(_MARK, len(_FRAME)):
                return
            yield b"\n"


def _is_skippable(head: bytes) -> bool:
    return head[1:4] == _SKIPPABLE and head[0] & 0xF0 == 0x50


def _frame(feed: Feed, faults: list[Fault]) -> Iterator[bytes]:
    engine = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    before = b""
    for size in _sizes(feed):
        piece = feed.take(size)
        if len(piece) < size:
            _rewind(feed, before, piece)
            faults.append(Fault(Reason.TRUNCATED, "the zstd archive ends too early"))
            return
        try:
            yield engine.decompress(piece)
        except zstandard.ZstdError as error:
            _rewind(feed, before, piece)
            cause = str(error).rsplit(": ", 1)[-1]
            faults.append(Fault(Reason.UNREADABLE, f"damaged zstd data ({cause})"))
            return
        before = (before + piece)[-_BACK:]


def _rewind(feed: Feed, before: bytes, piece: bytes) -> None:
    """Put back the bad block, and a frame that a damaged one ran into."""
    at = (before + piece).find(_FRAME, 1)
    feed.put_back((before + piece)[at:] if at > 0 else piece[1:])


def _sizes(feed: Feed) -> Iterator[int]:
    """Sizes of the frame's header, of each block, and of the checksum, each read when reached."""
    descriptor = feed.peek(5).ljust(5)[4]
    single = descriptor >> 5 & 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content = (single, 2, 4, 8)[descriptor >> 6]
    yield 5 + (1 - single) + dictionary + content
    last = False
    while not last:
        head = int.from_bytes(feed.peek(3), "little")
        last, kind, size = bool(head & 1), head >> 1 & 3, head >> 3
        yield 3 + (1 if kind == _RLE else size)
    if descriptor >> 2 & 1:
        yield 4
