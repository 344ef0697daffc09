"""A bounded view of a byte stream, addressed by absolute position.

Text positions equal byte positions: the view for the JSON scanner is Latin-1, in which each byte is
one character. JSON's structure is ASCII, so the scanner finds the same ends as in UTF-8; what lies
between is decoded later, as UTF-8, from the bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from re import Pattern
from typing import ClassVar, Final

_SCANNER: Final = JSONDecoder(parse_int=float)
"""Only ends are of interest; ``float`` takes integers of any length without complaint."""
_OPEN: Final = '{"":0'
_MAY_GO_ON: Final = re.compile(r"[\w\\.+-]{0,8}\Z")
"""What is left of a literal, a number or an escape that the end cut off."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the scanner stopped: at a syntax error, at the end of the input, or at a limit."""

    at: int
    at_end: bool = False
    too_deep: bool = False
    too_large: bool = False


class Window:
    """What was read and is not yet done with.

    Args:
        chunks: the stream.
        most: bytes that one value may have.
    """

    VIEW: ClassVar = 2**16
    """Bytes that are looked at together."""

    def __init__(self, chunks: Iterator[bytes], most: int) -> None:
        self._chunks, self._most = chunks, most
        self._data, self._base = b"", 0
        self._view, self._view_base = "", 0
        self._lines, self._counted = 0, 0
        self.start = 0
        """Everything before is done with and may be forgotten."""

    @property
    def end(self) -> int:
        """Position after the last byte that is held."""
        return self._base + len(self._data)

    def fill(self, size: int = 1) -> bool:
        """Read on, at least ``size`` bytes if there are as many; say whether there were any."""
        self.line_of(max(self.start, self._counted))
        pieces = [self._data[self.start - self._base :]]
        while size > 0 and (chunk := next(self._chunks, None)) is not None:
            pieces.append(chunk)
            size -= len(chunk)
        self._data, self._base = b"".join(pieces), self.start
        return len(pieces) > 1

    def has(self, at: int) -> bool:
        """Say whether there is a byte at a position, reading on if need be."""
        while at >= self.end:
            if not self.fill():
                return False
        return True

    def line_of(self, at: int) -> int:
        """Count the line breaks before a position; positions must not decrease."""
        self._lines += self._data.count(b"\n", self._counted - self._base, at - self._base)
        self._counted = at
        return self._lines

    def line_end(self, at: int) -> int | None:
        """Find the line break at or after a position, else the end of the stream.

        ``None`` where the line is longer than one value may be.
        """
        searched = at
        while (found := self._data.find(b"\n", searched - self._base)) < 0:
            searched = self.end
            if searched - at > self._most:
                return None
            if not self.fill():
                return self.end
        return found + self._base

    def lines(self, at: int) -> bytes | None:
        """Give all whole lines at hand, at least one, without the last line break.

        ``None`` where the first is longer than one value may be.
        """
        end = self.line_end(at)
        if end is None:
            return None
        return self.slice(at, max(end, self._base + self._data.rfind(b"\n")))

    def slice(self, start: int, end: int) -> bytes:
        """Give the bytes of a range that is held."""
        return self._data[start - self._base : end - self._base]

    def search(self, pattern: Pattern[bytes], start: int, end: int) -> int | None:
        """Find where a pattern's match ends, within a range that is held."""
        found = pattern.search(self._data, start - self._base, end - self._base)
        return None if found is None else found.end() + self._base

    def skip(self, blank: bytes, at: int) -> int:
        """Pass over bytes that mean nothing; what was passed is done with."""
        while self.has(at):
            self.start = at
            piece = self.slice(at, at + 4096)
            rest = piece.lstrip(blank)
            at += len(piece) - len(rest)
            if rest:
                break
        return at

    def scan(self, at: int) -> int | Broken:
        """Find the end of the JSON value at a position, reading on as far as one may reach."""
        size = self.VIEW
        while True:
            text, start = self._look(at, size), at - self._view_base
            broken: Broken | None = None
            try:
                stop = _SCANNER.raw_decode(text, start)[1]
            except JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string")
                stop = len(text) if cut else error.pos
                broken = Broken(stop + self._view_base, at_end=True)
                if not _MAY_GO_ON.match(text, stop):
                    return Broken(stop + self._view_base)
            except RecursionError:
                return Broken(at, too_deep=True)
            end = stop + self._view_base
            if stop - start > self._most:
                return Broken(end, too_large=True)
            if broken is None and (stop < len(text) or text[stop - 1] in '}]"'):
                return end
            size = 4 * (len(text) - start)
            if self._view_base + len(text) == self.end and not self.fill(min(size, self._most)):
                return broken or end

    def scan_rest(self, at: int) -> int | Broken:
        """Find the end of an object of which the members before a position were read already."""
        self.has(at + self.VIEW)
        text = _OPEN + self.slice(at, at + self.VIEW).decode("latin-1")
        try:
            return at + _SCANNER.raw_decode(text)[1] - len(_OPEN)
        except JSONDecodeError as error:
            cut = error.msg.startswith("Unterminated string") or _MAY_GO_ON.match(text, error.pos)
            return Broken(at, at_end=bool(cut) and not self.has(at + self.VIEW))
        except RecursionError:
            return Broken(at, too_deep=True)

    def _look(self, at: int, size: int) -> str:
        """Give a view that holds ``size`` bytes from a position, if there are as many.

        It is kept while it serves, and begins not far before: to report a fault, the scanner counts
        the lines before it.
        """
        held = self._view_base + len(self._view)
        if not 0 <= at - self._view_base <= self.VIEW or held < min(at + size, self.end):
            # Twice as much as was asked for, so that the next values find it here.
            self._view = self.slice(at, at + 2 * size).decode("latin-1")
            self._view_base = at
        return self._view
