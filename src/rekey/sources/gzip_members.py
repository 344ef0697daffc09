"""gzip, member by member (RFC 1952), with what can be saved of a damaged one."""

import re
import zlib
from collections.abc import Generator, Iterator
from typing import Final

from rekey.sources.feed import PATIENCE, Feed
from rekey.sources.interface import Fault, Reason

GZIP: Final = b"\x1f\x8b"
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
"""A member's header: no reserved flag, and values of the last two bytes that the standard knows.
The first three bytes alone stand by chance in every sixteenth megabyte of compressed data."""
_HEADER: Final = 10
"""Bytes of that header."""
_PIECE: Final = 2**16
_BACK: Final = 2**16
"""Bytes before a fault in which the next member may have begun: damaged data seldom goes on making
sense for longer."""


def gunzip(feed: Feed, faults: list[Fault]) -> Iterator[bytes]:
    """Decompress all members; a line break stands where a damaged stretch was left out."""
    while feed.peek(1):
        if feed.peek(2) == GZIP:
            known = len(faults)
            yield from _member(feed, faults)
            if len(faults) == known:
                continue
        elif _is_padding(feed):
            return
        else:
            faults.append(Fault(Reason.UNREADABLE, "bytes between or after gzip members"))
        if len(faults) >= PATIENCE or not feed.skip_to(_MEMBER, _HEADER):
            return
        yield b"\n"


def _member(feed: Feed, faults: list[Fault]) -> Iterator[bytes]:
    engine = zlib.decompressobj(wbits=31)
    before = chunk = b""
    while not engine.eof:
        before = (before + chunk)[-_BACK:]
        data = chunk = feed.take_some()
        if not data:
            yield engine.flush()
            faults.append(Fault(Reason.TRUNCATED, "the gzip archive ends too early"))
            _rewind(feed, before)
            return
        while data and not engine.eof:
            # A failing call returns nothing of what it had already decompressed.
            last = engine.copy()
            try:
                piece = engine.decompress(data, _PIECE)
            except zlib.error as error:
                good = yield from _up_to_the_fault(last, data)
                at = len(chunk) - len(data) + good
                feed.put_back(chunk[at:])
                _rewind(feed, (before + chunk[:at])[-_BACK:])
                faults.append(Fault(Reason.UNREADABLE, f"damaged gzip data ({_cause(error)})"))
                return
            data = engine.unconsumed_tail
            yield piece
    feed.put_back(engine.unused_data)


def _rewind(feed: Feed, passed: bytes) -> None:
    """Put back a member that a damaged one ran into, taking its bytes for its own."""
    found = _MEMBER.search(passed + feed.peek(_HEADER - 1), 1)
    if found is not None and found.start() < len(passed):
        feed.put_back(passed[found.start() :])


def _up_to_the_fault(engine: "zlib._Decompress", data: bytes) -> Generator[bytes, None, int]:
    """Decompress byte by byte until it fails; give the number of good bytes."""
    for at in range(len(data)):
        try:
            piece = engine.decompress(data[at : at + 1])
        except zlib.error:
            return at
        if piece:
            yield piece
    return len(data)


def _cause(error: zlib.error) -> str:
    return str(error).rsplit(": ", 1)[-1]


def _is_padding(feed: Feed) -> bool:
    """Pass over NUL bytes, with which tapes and block devices fill up; say if that was all."""
    while some := feed.take_some():
        if rest := some.lstrip(b"\0"):
            feed.put_back(rest)
            return False
    return True
