"""Fixtures as Splunk would have indexed them."""

from collections.abc import Callable, Iterable
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
    add = _ADD_ONS.get(source.name, dict) if reading.add_ons else dict
    return [
        {
            **add(extract(line, reading)),
            "_time": _seconds(orjson.loads(line)[source.time]),
            "index": INDEX,
            "sourcetype": source.name,
        }
        for line in lines
    ]


def _github(row: Row) -> Row:
    """What the Splunk Add-on for GitHub makes of a record.

    It keeps the action as ``vendor_action``; ``action`` is a word of the common information model
    (https://splunk.github.io/splunk-add-on-for-github-audit-log-monitoring/CIMCompatibility).
    """
    return {**row, "vendor_action": row["action"], "action": "modified"}


def _cloudtrail(row: Row) -> Row:
    """What the Splunk Add-on for AWS makes of a record.

    A call without an error has the error code "success": Splunk's own detections ask for it
    (https://github.com/splunk/security_content/blob/develop/detections/cloud/aws_updateloginprofile.yml).
    """
    return {"errorCode": "success", **row}


_ADD_ONS: Final[dict[str, Callable[[Row], Row]]] = {
    "github_audit": _github,
    "aws_cloudtrail": _cloudtrail,
}


def _seconds(time: object) -> float:
    """ISO 8601 text, or milliseconds since 1970."""
    if isinstance(time, int):
        return time / 1000
    return datetime.fromisoformat(str(time)).timestamp()
