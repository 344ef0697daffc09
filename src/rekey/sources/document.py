"""Documents that do not keep to lines, value by value.

They are arrays and wrapped exports, printed over many lines or on one endless one, and values that
follow one another without a break. The elements of the outermost array are read one by one, so that no document is ever held whole.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from rekey.sources.interface import Fault, Reason
from rekey.sources.mend import NOTHING, explain, mended
from rekey.sources.salvage import Salvage
from rekey.sources.unit import EXCERPT, Damage, Numbers, Steps, Unit
from rekey.sources.window import Broken, Window
from rekey.sources.wrappers import ARRAYS, elements

SPACE: Final = b" \t\r\x0b\x0c\x1e\0"
"""What may stand around a value. NUL: copied-and-truncated logs begin with a hole. RS: RFC 7464."""
BLANK: Final = SPACE + b"\n"

_ARRAY: Final = re.compile(rf'"(?:{"|".join(ARRAYS)})"\s*:\s*\[(?=\s*[\[{{])'.encode())
_PRINTED: Final = re.compile(rb"[\[{][ \t\r]*\n")
"""A value printed over many lines: the lines after a fault in it are none of their own."""
_INDENT: Final = 16
_HEADER: Final = 2**16
"""Bytes in which a wrapper names itself before its records begin."""
_ARRAYS_TRIED: Final = 8
_NESTED: Final = 2
"""Objects around an array of records: Elasticsearch has two."""


@dataclass(frozen=True, slots=True)
class _Array:
    """The array that is being read: its wrapper without elements, and the objects around it."""

    header: dict[str, Any] | None
    levels: int


class DocumentReader:
    """Reads values one after the other, until a line ends after one.

    Args:
        window: the input.
        numbers: the record numbers.
        salvage: finds records after damage.
    """

    def __init__(self, window: Window, numbers: Numbers, salvage: Salvage) -> None:
        self._window, self._numbers, self._salvage = window, numbers, salvage
        self._array: _Array | None = None
        self._damaged = self._ended = False

    def read(self, at: int, *, damaged: bool = False) -> Steps:
        """Read on; give the position after the line's end.

        Args:
            at: where the first value begins.
            damaged: what precedes it was reported, so stray bytes around it are no news.
        """
        window, self._array, self._damaged = self._window, None, damaged
        while True:
            at = window.skip(BLANK + b"," if self._array else SPACE + b",", at)
            char = window.slice(at, at + 1)
            if not char:
                if self._array and not self._ended:
                    yield self._cut_off()
                return at
            if not self._array and char == b"\n":
                return at + 1
            if self._array and char == b"]":
                at = yield from self._leave(at + 1)
            elif not self._array and char == b"[":
                at, self._array = at + 1, _Array(None, 0)
            elif char in b"{[":
                at = yield from self._value(at)
            else:
                at = yield from self._stray(at)

    def _value(self, at: int) -> Steps:
        end = self._window.scan(at)
        if isinstance(end, int):
            text = self._window.slice(at, end)
            if (value := mended(text)) is not NOTHING:
                yield Unit(self._number(at), value, self._array.header if self._array else None)
                return end
            broken, fault = Broken(end), explain(text)
        else:
            broken, fault = end, _fault(at, end)
        if not self._array and (begin := self._enter(at, broken)) is not None:
            return begin
        self._ended = broken.at_end
        self._salvage.note(broken)
        number, text = self._number(at), self._excerpt(at)
        if isinstance(end, int):
            self._damaged = True
            goes_on = self._salvage.next_record(at, end=end)
        else:
            goes_on = self._resync(at)
        # What follows the damage may be a good record, whose secrets nobody has blanked here.
        yield Damage(number, fault, text[: goes_on - at], broken.at_end)
        return goes_on

    def _stray(self, at: int) -> Steps:
        """Something between values that is none."""
        if self._damaged:
            return self._resync(at)
        line = self._window.line_of(at) + 1
        number = self._numbers.next() if self._array else self._numbers.beside(line)
        fault, text = Fault(Reason.NOT_JSON, "stray bytes beside a value"), self._excerpt(at)
        goes_on = self._resync(at)
        yield Damage(number, fault, text[: goes_on - at])
        return goes_on

    def _resync(self, at: int) -> int:
        if self._salvage.is_exhausted:
            self._array = None
        self._damaged = self._array is None
        printed = _PRINTED.match(self._window.slice(at, at + _INDENT)) is not None
        return self._salvage.next_record(at, in_line=self._array is None and not printed)

    def _number(self, at: int) -> int:
        if self._array:
            return self._numbers.next()
        return self._numbers.at_line(self._window.line_of(at) + 1)

    def _excerpt(self, at: int) -> bytes:
        text = self._window.slice(at, at + EXCERPT)
        return text if self._array or _PRINTED.match(text) else text.split(b"\n", 1)[0]

    # -- arrays ------------------------------------------------------------------------------

    def _enter(self, at: int, broken: Broken) -> int | None:
        """Step into the array of a wrapper that is too large to be read at once, or damaged."""
        window, begin = self._window, at
        end = window.end if broken.at_end or broken.too_large else broken.at
        for _ in range(_ARRAYS_TRIED):
            found = window.search(_ARRAY, begin, min(at + _HEADER, end))
            if found is None:
                return None
            begin = found
            for levels in range(1, _NESTED + 1):
                text = window.slice(at, begin).decode("utf-8", "replace") + "]" + "}" * levels
                header = mended(text.encode())
                if isinstance(header, dict) and elements(header) == []:
                    self._array = _Array(header, levels)
                    return begin
        return None

    def _leave(self, at: int) -> Steps:
        """Step out of the array and of the wrapper around it."""
        levels = self._array.levels if self._array else 0
        for _ in range(levels):
            end = self._window.scan_rest(at)
            if isinstance(end, Broken):
                text = self._window.slice(at, at + EXCERPT)
                goes_on = self._resync(at - 1)  # still in the array: the bracket may be the damage
                yield self._cut_off() if end.at_end else self._misshapen(text[: goes_on - at])
                return goes_on
            rest = mended(b'{"":0' + self._window.slice(at, end))
            if rest is not NOTHING and self._salvage.is_plausible(rest):
                yield Unit(self._numbers.next(), rest)  # a second array, after the first
            at = end
        self._array = None
        return at

    def _cut_off(self) -> Damage:
        self._ended = True
        fault = Fault(Reason.TRUNCATED, "the input ends before its array does")
        return Damage(self._numbers.next(), fault, b"", at_end=True)

    def _misshapen(self, text: bytes) -> Damage:
        fault = Fault(Reason.NOT_JSON, "damaged after its array of records")
        return Damage(self._numbers.next(), fault, text)


def _fault(at: int, broken: Broken) -> Fault:
    if broken.too_large:
        return Fault(Reason.TOO_LARGE, "larger than a record may be")
    if broken.too_deep:
        return Fault(Reason.TOO_DEEP, "nested too deep")
    if broken.at_end:
        return Fault(Reason.TRUNCATED, "the input ends in the middle of it")
    return Fault(Reason.NOT_JSON, f"no JSON at character {broken.at - at + 1}")
