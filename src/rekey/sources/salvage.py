"""After damage: find where good records go on."""

import re
from collections.abc import Callable
from typing import Any, Final

from rekey.sources.mend import NOTHING, mended
from rekey.sources.window import Broken, Window

_CANDIDATE: Final = re.compile(rb'(?=(?:\[\s*)?\{\s*")')
"""Where an object may begin, or an array of them. What stands before says nothing: that byte may be
the damaged one."""
_CLOSER: Final = re.compile(rb"(?=[\]}])")
_OPENER: Final = re.compile(rb"[\[{]")
_DEPTH: Final = 64
"""Values that may fail at one place: those that enclose it, of which a sane record has no more."""
_GAP: Final = 256
"""Blanks that may part two brackets where the window ends between them."""
_PATIENCE: Final = 50_000
_BYTES_A_TRY: Final = 100
_DEEP: Final = 50
"""Failing a thousand levels down costs as much as failing so many times at the top."""


class Salvage:
    """Searches damaged input for records.

    Its patience is bounded, in proportion to the input, so that input which was made to be slow is
    not. Once it is exhausted, only whole lines are read.

    Args:
        window: the input.
        plausible: says whether a value holds a record.
    """

    def __init__(self, window: Window, plausible: Callable[[Any], bool]) -> None:
        self._window, self.is_plausible = window, plausible
        self._spent = 0

    @property
    def is_exhausted(self) -> bool:
        """Say whether enough has been tried in vain."""
        return self._spent > _PATIENCE + self._window.end // _BYTES_A_TRY

    def note(self, broken: Broken) -> None:
        """Count a value that could not be read."""
        self._spent += _DEEP if broken.too_deep else 1

    def is_record(self, at: int) -> bool:
        """Say whether a value that holds a record begins at a position."""
        end = self._window.scan(at)
        return isinstance(end, int) and self._judge(at, end) is True

    def next_record(self, at: int, *, in_line: bool = False, end: int | None = None) -> int:
        """Give the position of the next value that holds a record, else the end of the search.

        Args:
            at: where the damaged value begins.
            in_line: whether to look no further than the line.
            end: how far to look otherwise; ``None`` is the end of the input.
        """
        window = self._window
        stop = window.line_end(at) if in_line else end
        tries, furthest, at = 0, at, at + 1
        while True:
            found = None
            if not self.is_exhausted:
                found = window.search(_CANDIDATE, at, window.end if stop is None else stop)
            if found is None:
                if stop is not None:
                    return max(at, stop)
                at = window.start = max(at, window.end - _GAP)
                if not window.fill():
                    return window.end
                stop = window.line_end(at) if in_line else None
                continue
            window.start = found
            scanned = window.scan(found)
            if isinstance(scanned, Broken):
                self.note(scanned)
                if scanned.too_deep:
                    at = self._past_the_deep(found)
                    continue
                failed_at = scanned.at
            elif (verdict := self._judge(found, scanned)) is None:
                failed_at = scanned
            elif verdict:
                return found
            else:
                at = scanned
                continue
            tries, furthest, at = tries + 1, max(furthest, failed_at), found + 1
            if tries == _DEPTH:
                tries, at = 0, max(furthest, at)

    def _judge(self, at: int, end: int) -> bool | None:
        """Say whether a well-formed value holds a record; ``None`` if it is no JSON after all."""
        value = mended(self._window.slice(at, end))
        return None if value is NOTHING else self.is_plausible(value)

    def _past_the_deep(self, at: int) -> int:
        """Pass over brackets that nest too deep: up to the last few that open before one closes."""
        window = self._window
        closer = window.search(_CLOSER, at, window.end) or window.end
        begin = max(at + 1, closer - window.VIEW)
        openers = [found.start() for found in _OPENER.finditer(window.slice(begin, closer))]
        return begin + openers[-_DEPTH] if len(openers) > _DEPTH else at + 1
