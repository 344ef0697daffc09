"""Whatever a record holds, a spool passes the strict typed scan of the store."""

import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rekey.converters.duckdb.layout import Layout, columns_argument
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import registry
from tests.sources.samples import MAKERS, Reader, Record, ndjson

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**63, 2**64 - 1, 1e300, "", "text", "\0", "é😀", [], {}, [1], ["a"],
    [None], [[]], [{}], [{"a": 1}], {"a": 1}, {"": ""}, {"a": {"b": []}}, {"A": 1, "a": 2},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every position in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in items:
        yield (*path, key)
        if isinstance(below, dict | list):
            yield from places(below, (*path, key))


def changed(record: Record, path: tuple[Any, ...], value: Any) -> Record:
    copy: Any = deepcopy(record)
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return copy  # type: ignore[no-any-return]


def filled(source: str) -> Record:
    """A record that has every light field of the registry, as the paths say."""
    record = deepcopy(MAKERS[source](1))
    for field in registry()[source].fields:
        holder: Any = record
        *parents, last = registry()[source].path(field)
        for key in parents:
            if not isinstance(holder, dict):
                break
            empty: Any = [{}] if key.endswith("[]") else {}
            below = holder.setdefault(key.removesuffix("[]"), empty)
            holder = below[0] if isinstance(below, list) else below
        if isinstance(holder, dict):
            holder.setdefault(last.removesuffix("[]"), ["x"] if last.endswith("[]") else "x")
    return record


def scan(source: str, path: Path) -> int:
    """Read a spool as the store does: strictly, with every field of the registry."""
    layout = Layout(registry()[source], frozenset(registry()[source].fields))
    fields = ", ".join(f"{name(key)} {kind}" for key, kind in layout.json_columns().items())
    columns = {"p": "UINTEGER", "f": "UINTEGER", "r": "UINTEGER", "c": "VARCHAR"}
    columns["d"] = f"STRUCT({fields})"
    reader = f"read_json({literal(str(path))}, format = 'newline_delimited', columns = "
    expressions = ", ".join(layout.light_expression(field) for field in layout.light)
    rows = duckdb.execute(
        f"SELECT {expressions} FROM (SELECT d.* FROM {reader}{columns_argument(columns)}))"
    )
    return len(rows.fetchall())


@pytest.mark.parametrize("source", MAKERS)
def test_any_value_in_any_place_is_mended_or_rejected(source: str, reader: Reader) -> None:
    record = filled(source)
    spots = list(places(record))
    generator = random.Random(source)  # noqa: S311 (repeatable choices)
    records = [changed(record, path, value) for path in spots for value in generator.sample(ODD, 8)]
    read = reader.read(ndjson(records))
    assert len(read.records) + len(read.rejects) == len(records)
    assert scan(source, read.segments[0].path) == len(read.records)
    assert len(read.records) > len(records) / 2
    assert set(read.reasons) <= {"wrong_type", "missing_field", "absurd_time"}


@pytest.mark.parametrize("source", MAKERS)
def test_good_records_pass_unchanged(source: str, reader: Reader) -> None:
    records = [filled(source), MAKERS[source](1)]
    read = reader.read(ndjson(records))
    assert scan(source, read.segments[0].path) == 2
