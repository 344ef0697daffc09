"""What an expression may look at while it is evaluated."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.spl.reading import Reading
from tests.spl.values import Row, Value


@dataclass(frozen=True)
class Scope:
    """One row, and the search that it is evaluated in.

    Attributes:
        row: the row.
        reading: how the documentation is read.
        now: when the search was started, in seconds since 1970
            (``now()`` is the start and not the wall clock).
    """

    row: Row
    reading: Reading
    now: float

    @property
    def unknown(self) -> bool | None:
        """What a comparison with null gives."""
        return False if self.reading.unknown_is_false else None


Expression = Callable[[Scope], Value]
"""A compiled expression."""


@dataclass(frozen=True)
class Constant:
    """An expression that is written out: it has its value whatever the row."""

    value: Value

    def __call__(self, scope: Scope) -> Value:
        """Give it."""
        return self.value
