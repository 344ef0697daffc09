"""Decompression that never trusts the archive: by magic bytes, bounded, salvaging what it can.

gzip (any number of members) and zstd (any number of frames, skippable ones too) are unpacked, one
inside the other as well: log delivery through two services compresses twice. What was decompressed
before a fault is kept, and reading goes on at the next member or frame.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rekey.sources.feed import Feed
from rekey.sources.gzip_members import GZIP, gunzip
from rekey.sources.interface import Fault, Limits, Reason
from rekey.sources.zstd_frames import is_zstd, unzstd

_LAYERS: Final = 3
_HEAD: Final = 512

_FOREIGN: Final = (
    (0, b"PK\x03\x04", "a zip archive", "Unpack it first: unzip FILE."),
    (0, b"BZh", "bzip2 data", "Pipe it in: bzcat FILE | rekey … -"),
    (0, b"\xfd7zXZ\x00", "xz data", "Pipe it in: xzcat FILE | rekey … -"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it first."),
    (0, b"\x04\x22\x4d\x18", "lz4 data", "Pipe it in: lz4cat FILE | rekey … -"),
    (0, b"PAR1", "a Parquet file", "Export it as JSON lines."),
    (0, b"SQLite format 3\x00", "a SQLite database", "Export it as JSON lines."),
    (257, b"ustar", "a tar archive", "Unpack it first: tar -xf FILE."),
)


@dataclass(slots=True)
class Budget:
    """Decompressed bytes that are left to one run."""

    left: int


def unpack(
    chunks: Iterator[bytes], limits: Limits, budget: Budget, faults: list[Fault]
) -> Iterator[bytes]:
    """Give the bytes inside, whatever they are packed in.

    Args:
        chunks: the bytes of the file.
        limits: ratio and sizes beyond which an archive is a bomb.
        budget: what the whole run may still decompress; it is drawn on here.
        faults: receives what is wrong, in order; the bytes before it are good.
    """
    feed = Feed(chunks)
    for _ in range(_LAYERS):
        codec = _codec(feed.peek(_HEAD))
        if codec is None:
            break
        feed = Feed(_bounded(feed, codec(feed, faults), limits, budget, faults))
    if (foreign := _foreign(feed.peek(_HEAD))) is not None:
        faults.append(foreign)
        return
    yield from feed


def _codec(head: bytes) -> Callable[[Feed, list[Fault]], Iterator[bytes]] | None:
    if head.startswith(GZIP):
        return gunzip
    return unzstd if is_zstd(head) else None


def _foreign(head: bytes) -> Fault | None:
    for at, magic, what, hint in _FOREIGN:
        if head[at : at + len(magic)] == magic:
            return Fault(Reason.UNREADABLE, f"it is {what}. {hint}")
    return None


def _bounded(
    packed: Feed, unpacked: Iterator[bytes], limits: Limits, budget: Budget, faults: list[Fault]
) -> Iterator[bytes]:
    """Stop at a bomb: one that unfolds too far, or that exhausts what the run may unpack."""
    size = 0
    for piece in unpacked:
        size += len(piece)
        budget.left -= len(piece)
        if budget.left < 0:
            faults.append(
                Fault(Reason.ARCHIVE_BOMB, f"more than {limits.total_bytes:,} bytes in archives")
            )
            return
        if size > limits.ratio_after and size > limits.ratio * packed.taken:
            faults.append(
                Fault(Reason.ARCHIVE_BOMB, f"unfolds to more than {limits.ratio} times its size")
            )
            return
        yield piece
