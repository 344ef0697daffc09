"""What the decoder gives: parsed values and damages, numbered."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from rekey.sources.interface import Fault

EXCERPT: Final = 4096
"""Bytes of a damaged text that are handed on."""


@dataclass(slots=True)
class Unit:
    """A parsed value: a record, or something that holds records.

    Not frozen, because freezing would cost a tenth of the time to read a line.
    """

    number: int
    value: Any
    header: dict[str, Any] | None = None
    """The wrapper around the array that it stands in, without its elements."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that could not be parsed."""

    number: int
    fault: Fault
    text: bytes
    at_end: bool = False
    """It is the end of the input that is missing."""


Steps = Generator[Unit | Damage, None, int]
"""Gives units and damages; returns the position after them."""


@dataclass(slots=True)
class Numbers:
    """Record numbers from 1: lines where the input is lines, elements where it is an array.

    Both may occur in one input, so a number is never given twice, and never decreases.
    """

    last: int = 0

    def at_line(self, line: int) -> int:
        """Number a value that begins a line."""
        self.last = line if line > self.last else self.last + 1
        return self.last

    def next(self) -> int:
        """Number the next element of an array."""
        self.last += 1
        return self.last

    def beside(self, line: int) -> int:
        """Give the number of what stands on a line beside a value."""
        self.last = max(self.last, line)
        return self.last
