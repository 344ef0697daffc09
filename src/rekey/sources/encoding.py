"""Text as UTF-8 bytes: marks of byte order are honoured, nothing else is guessed."""

import codecs
from collections.abc import Iterator
from typing import Final

from rekey.sources.feed import Feed
from rekey.sources.interface import Fault, Reason

_MARKS: Final = (
    # The four-byte marks first: UTF-32-LE begins like UTF-16-LE.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 8
_NUL_PATTERNS: Final[dict[tuple[bool, ...], str]] = {
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
    (True, False, False, False): "UTF-32",
    (False, False, False, True): "UTF-32",
}
"""Which of four bytes are not NUL, in ASCII text of a wider encoding."""


def as_utf8(chunks: Iterator[bytes], faults: list[Fault]) -> Iterator[bytes]:
    """Give UTF-8 without its mark, decoding UTF-16 and UTF-32 where a mark announces them.

    A sequence that UTF-16 forbids becomes one that UTF-8 forbids, so that it spoils the record
    that holds it, and no other. Bytes that are no UTF-8 are passed on for the same reason.
    """
    feed = Feed(chunks)
    for mark, encoding in _MARKS:
        if feed.peek(4).startswith(mark):
            feed.take(len(mark))
            yield from _recoded(feed, encoding, faults)
            return
    if feed.peek(3) == codecs.BOM_UTF8:
        feed.take(3)
    elif wide := _unmarked(feed.peek(_SAMPLE)):
        faults.append(
            Fault(
                Reason.WRONG_ENCODING,
                f"it looks like {wide}, but has no byte order mark. Convert it to UTF-8 (iconv).",
            )
        )
        return
    yield from feed


def _recoded(feed: Feed, encoding: str, faults: list[Fault]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for chunk in feed:
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        cut = "truncated" in error.reason or "end of data" in error.reason
        reason = Reason.TRUNCATED if cut else Reason.WRONG_ENCODING
        faults.append(Fault(reason, f"no {encoding.upper()}: {error.reason}"))


def _unmarked(head: bytes) -> str | None:
    groups = {tuple(byte != 0 for byte in head[i : i + 4]) for i in range(0, len(head) - 3, 4)}
    return _NUL_PATTERNS.get(groups.pop()) if len(groups) == 1 else None
