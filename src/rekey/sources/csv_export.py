"""Exports as CSV, as consoles offer them: Splunk, CloudWatch Logs Insights, Azure, Discover.

A column holds the record as it was logged; rows become JSON objects, which the wrappers take apart
like the same exports in JSON. RFC 4180: commas, doubled quotes, line breaks within quotes.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

import orjson

from rekey.sources.wrappers import CLUSTER_KEYS, RECORD_KEYS

_COLUMN: Final = re.compile(r"[\w@.${} \[\]()/:-]{1,256}")
_BEGINNING: Final = 2**16
_FEWEST: Final = 3
"""Columns from which a line with commas passes for a header."""


def rows_of(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Give an export as one JSON object a line; every other text as it is.

    A row keeps its number, counted from the header, which becomes an empty line.

    Args:
        chunks: the text, as UTF-8.
        most: bytes that a record may have.
    """
    begin = b""
    while begin.count(b"\n") < 2 and len(begin) < _BEGINNING and (chunk := next(chunks, b"")):
        begin += chunk
    columns = _columns(begin)
    whole = chain((begin,), chunks)
    return whole if columns is None else _rows(_Lines(whole, most), columns, most)


def _columns(begin: bytes) -> Sequence[str] | None:
    """Read the header; ``None`` where there is none, or records stand below it as they are.

    Columns that only repeat parts of the record have no name: they would pass for a record.
    """
    header, _, below = begin.partition(b"\n")
    if b'{"' in header or below.lstrip()[:1] in (b"{", b"["):
        return None
    names = _names(header)
    if not RECORD_KEYS.intersection(names):
        return None
    if "AuditId" in names:
        return names
    return [name if name in RECORD_KEYS | CLUSTER_KEYS else "" for name in names]


def is_header(line: bytes) -> bool:
    """Say whether a line that is no JSON reads like the header of a table."""
    return len(_names(line)) >= _FEWEST


def _names(line: bytes) -> Sequence[str]:
    """Take a header apart; empty where a cell of it cannot be the name of a column."""
    names = _cells(line.decode("utf-8", "replace").strip())
    return names if all(map(_COLUMN.fullmatch, names)) else []


class _Lines:
    """The lines of a text, and those that were taken since somebody asked last.

    Args:
        chunks: the text.
        most: a line that is longer than twice as many bytes is cut.
    """

    def __init__(self, chunks: Iterator[bytes], most: int) -> None:
        self._lines = self._cut(chunks, most)
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line

    def taken(self) -> list[str]:
        found, self._taken = self._taken, []
        return found

    @staticmethod
    def _cut(chunks: Iterator[bytes], most: int) -> Iterator[str]:
        rest = b""
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (_text(line) + "\n" for line in whole)
            if len(rest) > 2 * most:
                yield _text(rest)
                rest = b""
        if rest:
            yield _text(rest)


def _rows(lines: _Lines, columns: Sequence[str], most: int) -> Iterator[bytes]:
    csv.field_size_limit(max(csv.field_size_limit(), 2 * most))  # of all readers of the process
    reader = csv.reader(iter(lines))
    next(reader)
    lines.taken()
    yield b"\n"
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a quote that never ends (no record is as long), or a stray line break
            cells = None
        taken = lines.taken()
        if cells is not None and (len(taken) == 1 or _is_one(cells, taken, columns)):
            yield _object(cells, columns)
        else:  # a quote too many or too few spoils its own row, and not those after it
            yield from (_object(_cells(line) or [line.strip()], columns) for line in taken)


def _cells(line: str) -> list[str]:
    """Take one line apart; empty where it cannot be."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _is_one(cells: Sequence[str], lines: Sequence[str], columns: Sequence[str]) -> bool:
    """Say whether a row of several lines is one: whole, and its lines hold no more records."""
    records = (cell for cell in cells if cell.lstrip()[:1] == "{")
    return (
        len(cells) == len(columns)
        and all(map(_is_json, records))
        and sum(_holds_record(_cells(line), columns) for line in lines) <= 1
    )


def _holds_record(cells: Sequence[str], columns: Sequence[str]) -> bool:
    return any(
        name in RECORD_KEYS and cell[:1] == "{" and _is_json(cell)
        for name, cell in zip(columns, cells, strict=False)
    )


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text.encode("utf-8", "surrogateescape"))
    except orjson.JSONDecodeError:
        return False
    return True


def _object(cells: Sequence[str], columns: Sequence[str]) -> bytes:
    """Write a row as an object; one that holds no record as text, which is set aside and counted."""
    row: object = {n: cell for n, cell in zip(columns, cells, strict=False) if n and cell}
    if not row:
        row = ",".join(cells)
    try:
        return (orjson.dumps(row) if row else b"") + b"\n"
    except orjson.JSONEncodeError:  # what is no UTF-8 is passed on, and spoils this row
        return json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")
