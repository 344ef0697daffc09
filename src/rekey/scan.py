"""The typed reading of records in full: only what rules may ask for, and no secret among it.

All records are surveyed before (:mod:`rekey.survey`); few are read in full.
"""

from collections.abc import Iterator
from typing import Final

from rekey.converters.duckdb.layout import Layout, columns_argument
from rekey.converters.duckdb.masked import masked
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import CONTEXT, LogSourceFields

TIME: Final = "time"
"""Column of the event's time; a raw field of that name is the same, and not kept a second time."""

KEY: Final = '"rekey.key"'
"""Column of the hashed registry key; sources have fields that are called ``key``."""

FULL: Final = {"s": "BIGINT", "p": "UINTEGER", "c": "VARCHAR"}
"""Columns around a record (``d``) that is read in full: its store id, its part, its context."""


def full_sql(layout: Layout, path: str) -> str:
    """Write the statement that reads records in full.

    Args:
        layout: what to read.
        path: lines of ``{"s": store id, "p": part, "c": context, "d": {the record}}``.
    """
    columns = FULL | {"d": struct(layout.json_columns())}
    fields = [f"{layout.light_expression(f)} AS {name(f)}" for f in layout.light]
    # Taken apart here already: what no rule asks for, a secret perhaps, is never stored.
    fields += [
        f"json_transform({masked(layout, root)}, {literal(layout.heavy_structure(root))})"
        f" AS {name(root)}"
        for root in layout.heavy_roots
    ]
    kept = ["seq", "part", name(CONTEXT), f"{time_sql(layout.source)} AS time",
            f"{key_sql(layout.source)} AS {KEY}",
            *(name(each) for each in (*layout.light, *layout.heavy_roots) if each != TIME),
            *(f"{sql} AS {name(each)}" for each, sql in _expressions(layout))]  # fmt: skip
    inner = ["s AS seq", "p AS part", f"c AS {name(CONTEXT)}", *fields]
    return f"""SELECT {", ".join(kept)} FROM (SELECT {", ".join(inner)} FROM
        (SELECT s, p, c, d.* FROM {read_json(literal(path), columns)}))"""


def _expressions(layout: Layout) -> Iterator[tuple[str, str]]:
    """Yield what is worked out beside raw fields, and its SQL over them."""
    for each in sorted(layout.stored):
        yield each, light_sql(layout, each)


def light_sql(layout: Layout, each: str) -> str:
    """Write a name over light fields; the site's word on a kind of actor is joined later."""
    own = layout.computed
    return own.source_kind() if each == "actor.kind" else own.column(each)


def read_json(path: str, columns: dict[str, str]) -> str:
    """Write the reading of NDJSON; ``path`` is a literal, and columns have DuckDB's types."""
    return (
        f"read_json({path}, format = 'newline_delimited', compression = 'none', records = true,"
        f" columns = {columns_argument(columns)})"
    )


def struct(columns: dict[str, str]) -> str:
    """Write the type of an object."""
    return f"STRUCT({', '.join(f'{name(k)} {v}' for k, v in columns.items())})"


def key_sql(source: LogSourceFields, document: str | None = None) -> str:
    """Hash what identifies an event; a record without any of it is never a duplicate.

    Args:
        source: the log source.
        document: SQL of the whole record as JSON; without it, columns of the scan are used.
    """
    columns = [name(field) for field in source.key]
    if document is not None:
        paths = ("/" + "/".join(_pointer(k) for k in source.path(field)) for field in source.key)
        columns = [f"json_extract_string({document}, {literal(path)})" for path in paths]
    texts = [f"nullif(CAST({column} AS VARCHAR), '')" for column in columns]
    parts = ", ".join(f"coalesce({text}, '')" for text in texts)
    return f"CASE WHEN coalesce({', '.join(texts)}) IS NOT NULL THEN hash({parts}) END"


def _pointer(key: str) -> str:
    """Escape a key of a JSON pointer (RFC 6901)."""
    return key.removesuffix("[]").replace("~", "~0").replace("/", "~1")


def time_sql(source: LogSourceFields) -> str:
    """Write an event's time, in UTC; null where the record has none."""
    column = name(source.time)
    if source.fields[source.time].type == "integer":
        sane = f"{column} BETWEEN 0 AND 253402300799999"
        return f"CASE WHEN {sane} THEN make_timestamp({column} * 1000) END"
    return f"make_timestamp(epoch_us(try_cast({column} AS TIMESTAMPTZ)))"
