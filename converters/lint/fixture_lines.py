"""The lines of a fixture file, as a linter reads them: one by one, repeats not written out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from rekey.errors import Place, RekeyError
from rekey.fixtures.repeats import KEY, Repeat


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a raw record, which a repeat instruction may multiply."""

    number: int
    record: dict[str, Any]


def read_lines(file: Path) -> Iterator[Line]:
    """Read a fixture file; blank lines are left out.

    Raises:
        RekeyError: at a line that is neither a record nor a repeat instruction with one.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be read", place=Place(file)) from error
    for number, text in enumerate(lines, start=1):
        if text.strip():
            yield Line(number, _record(text, Place(file, number)))


def _record(text: bytes, place: Place) -> dict[str, Any]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RekeyError(f"is no JSON: {error}", place=place) from error
    if not isinstance(document, dict):
        raise RekeyError("is no JSON object", place=place)
    if KEY not in document:
        return document
    record = document.get("record")
    if document.keys() != {KEY, "record"} or not isinstance(record, dict):
        raise RekeyError(f"a repeat holds {KEY!r} and 'record', nothing else", place=place)
    try:
        Repeat.model_validate(document[KEY])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join([KEY, *(str(step) for step in first["loc"])])
        raise RekeyError(f"{where}: {first['msg']}", place=place) from error
    return record
