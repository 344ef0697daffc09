"""Bytes that are pulled on demand out of a stream of chunks."""

import re
from collections.abc import Iterator
from typing import Final

PATIENCE: Final = 100
"""Damaged stretches of one archive after which the rest of it is given up."""


class Feed:
    """Look ahead, take, put back, and skip to a mark. Holds one chunk, or what was asked for."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self.taken = 0
        """Bytes given out and not put back."""

    def peek(self, size: int) -> bytes:
        """Give the next bytes without taking them; fewer at the end."""
        while len(self._held) < size and self._pull():
            pass
        return self._held[:size]

    def take(self, size: int) -> bytes:
        """Take the next bytes; fewer at the end."""
        taken = self.peek(size)
        self._drop(len(taken))
        return taken

    def take_some(self) -> bytes:
        """Take what is at hand, at least one byte; nothing at the end."""
        self.peek(1)
        taken = self._held
        self._drop(len(taken))
        return taken

    def put_back(self, data: bytes) -> None:
        """Return bytes that were taken last."""
        self._held = data + self._held
        self.taken -= len(data)

    def skip(self, size: int) -> None:
        """Pass over bytes, however many."""
        while size > 0 and self.peek(1):
            step = min(size, len(self._held))
            self._drop(step)
            size -= step

    def skip_to(self, mark: re.Pattern[bytes], size: int) -> bool:
        """Pass over everything before a mark of so many bytes; say whether there is one."""
        while (found := mark.search(self._held)) is None:
            self._drop(max(len(self._held) - size + 1, 0))
            if not self._pull():
                self._drop(len(self._held))
                return False
        self._drop(found.start())
        return True

    def __iter__(self) -> Iterator[bytes]:
        """Take all that is left, in pieces."""
        while some := self.take_some():
            yield some

    def _pull(self) -> bool:
        for chunk in self._chunks:
            if chunk:
                self._held += chunk
                return True
        return False

    def _drop(self, size: int) -> None:
        self._held = self._held[size:]
        self.taken += size
