"""Yes and no, many in one column: each column of a survey costs time and memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rekey.converters.duckdb.sql import name

_WIDTH: Final = 60


@dataclass(frozen=True)
class Bits:
    """Numbered bits, in as many columns as they need.

    Attributes:
        kind: what they say, in the names of the columns.
    """

    kind: str

    def columns(self, count: int) -> list[str]:
        """Name the columns of so many bits; there is one at least."""
        return [self.column(number) for number in range(0, max(count, 1), _WIDTH)]

    def column(self, number: int) -> str:
        """Name the column of a bit."""
        return name(f"rekey.{self.kind}.{number // _WIDTH}")

    def value(self, number: int) -> int:
        """Give a bit's value in its column."""
        return 1 << number % _WIDTH

    def any_of(self, numbers: Iterable[int]) -> str:
        """Write the test whether one of some bits is set."""
        found: dict[str, int] = {}
        for number in numbers:
            column = self.column(number)
            found[column] = found.get(column, 0) | self.value(number)
        tests = (f"{column} & {values} <> 0" for column, values in found.items())
        return f"({' OR '.join(tests) or 'false'})"


def bit(value: int, test: str) -> str:
    """Write the value of a bit that is set where a test holds."""
    if test in ("true", "false"):
        return f"{value if test == 'true' else 0}::UBIGINT"
    return f"CASE WHEN {test} THEN {value}::UBIGINT ELSE 0::UBIGINT END"


def joined(values: Iterable[str]) -> str:
    """Write the bits of one column together."""
    return " | ".join(values) or "0::UBIGINT"
