"""Fixtures as Splunk would have indexed them."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import orjson

from rekey.converters.registry import LogSourceFields, registry
from rekey.fixtures.repeats import expand
from tests.spl.extraction import extract
from tests.spl.reading import Reading
from tests.spl.values import Row

INDEX: Final = "main"


@cache
def indexed_file(file: Path, source: str, reading: Reading) -> tuple[Row, ...]:
    """The events of a fixture, with its repeats written out."""
    lines = [line.decode() for line in expand(file) if line.strip()]
    return tuple(indexed(lines, registry()[source], reading))


def indexed(lines: Iterable[str], source: LogSourceFields, reading: Reading) -> list[Row]:
    """Events of one log source, in the order in which they were written.

    ``_time`` is the registry's time of the source, as its sourcetype's settings read it.
    """
    return [
        {
            **extract(line, reading),
            "_time": _seconds(orjson.loads(line)[source.time]),
            "index": INDEX,
            "sourcetype": source.name,
        }
        for line in lines
    ]


def _seconds(time: object) -> float:
    """ISO 8601 text, or milliseconds since 1970."""
    if isinstance(time, int):
        return time / 1000
    return datetime.fromisoformat(str(time)).timestamp()
