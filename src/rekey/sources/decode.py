"""JSON as people have it, value by value: lines, arrays, wrapped exports, damage and all.

Lines are the rule, and one that holds one value is parsed at once. One that does not may begin a
document that does not keep to lines (see :mod:`rekey.sources.document`). After damage, reading
goes on at the next line or, in a document, at the next element that is a record.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson

from rekey.sources.csv_export import is_header
from rekey.sources.document import BLANK, SPACE, DocumentReader
from rekey.sources.interface import Fault, Limits, Reason
from rekey.sources.mend import NOTHING, explain, mended
from rekey.sources.salvage import Salvage
from rekey.sources.unit import EXCERPT, Damage, Numbers, Steps, Unit
from rekey.sources.window import Window

_DOCUMENT: Final = re.compile(rb"\{|\[\s*(?:[\[{\]]|\Z)")
_TABLE: Final = Fault(
    Reason.NOT_JSON, "a table, and no column of it holds whole records: export them as JSON"
)
"""CloudTrail's event history as CSV, for one, leaves out most of each record."""


class Decoder:
    """Values of one input, in order.

    Args:
        chunks: the text, as UTF-8.
        limits: the size of a value.
        plausible: says whether a value holds a record; asked only after damage.

    Attributes:
        numbers: a reader that finds several records in one unit moves them on.
    """

    def __init__(
        self, chunks: Iterator[bytes], limits: Limits, plausible: Callable[[Any], bool]
    ) -> None:
        self._window = Window(chunks, limits.record_bytes)
        self._salvage = Salvage(self._window, plausible)
        self.numbers = Numbers()
        self._documents = DocumentReader(self._window, self.numbers, self._salvage)

    def __iter__(self) -> Iterator[Unit | Damage]:
        """Read the input from its beginning."""
        window, at = self._window, 0
        while window.has(at):
            window.start = at
            block = window.lines(at)
            if block is None:
                at = yield from self._documents.read(at)
            else:
                at = yield from self._lines(at, block)

    def _lines(self, at: int, block: bytes) -> Steps:
        """Read whole lines, until one turns out to begin a longer document."""
        numbers, line_number = self.numbers, self._window.line_of(at)
        for line in block.split(b"\n"):
            line_number += 1
            after = at + len(line) + 1
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError:
                if line.strip():
                    reached = yield from self._hard_line(at, line, line_number)
                    if reached != after:
                        return reached
            else:
                yield Unit(numbers.at_line(line_number), value)
            at = after
        return at

    def _hard_line(self, at: int, line: bytes, line_number: int) -> Steps:
        """Read a line that is not one value."""
        text = line.strip(BLANK)
        if (value := mended(text)) is not NOTHING:
            yield Unit(self.numbers.at_line(line_number), value)
            return at + len(line) + 1
        patient = not self._salvage.is_exhausted
        if patient and _DOCUMENT.match(text):
            return (yield from self._documents.read(at + line.index(text)))
        begin = line.find(b"{")  # after what a logger writes before a record
        if patient and begin >= 0 and self._salvage.is_record(at + begin):
            return (yield from self._documents.read(at + begin))
        number = self.numbers.at_line(line_number)
        goes_on = self._salvage.next_record(at, in_line=True)
        # A good record may follow in the line, whose secrets nobody has blanked here.
        fault = _TABLE if line_number == 1 and is_header(line) else explain(line.strip(SPACE))
        yield Damage(number, fault, line[: min(EXCERPT, goes_on - at)])
        return (yield from self._documents.read(goes_on, damaged=True))
