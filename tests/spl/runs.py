"""Searches over rows that a test writes down."""

from collections.abc import Sequence

import pytest

from tests.spl.reading import READINGS, Reading
from tests.spl.search import Search
from tests.spl.values import Row

every_reading = pytest.mark.parametrize("reading", READINGS, ids=["first", "second"])
"""Runs a test once for each reading of the documentation."""

START = 1_700_000_000.0
"""Time of the first row of a test that does not say otherwise; each next one is a second later."""


def run(search: str, rows: Sequence[Row], reading: Reading = READINGS[0]) -> list[Row]:
    """Run a search over rows, which come in the order in which they are written."""
    events = [{"_time": START - i, **row} for i, row in enumerate(rows)]
    return Search(events, reading, START + 1).run(search)


def column(rows: Sequence[Row], field: str) -> list[object]:
    """The values of one field."""
    return [row.get(field) for row in rows]


def value_of(expression: str, row: Row | None = None, reading: Reading = READINGS[0]) -> object:
    """What an expression gives for one row."""
    return run(f"search * | eval result={expression}", [row or {}], reading)[0].get("result")
