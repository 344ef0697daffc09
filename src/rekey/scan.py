"""One typed reading of a segment: the SQL that turns raw records into rows.

What is asked of every event matters much. Keys that the registry calls heavy are taken apart only
for events that pass the gate, and only what rules may ask for is taken: no secret is among it.
"""

import json
from dataclasses import replace
from typing import Final

from rekey.converters.duckdb.layout import CONTEXT, Layout, columns_argument
from rekey.converters.duckdb.plan import ScanPlan
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import LogSourceFields
from rekey.sources.interface import Segment

EARLIEST: Final = "TIMESTAMP '2005-01-01'"
LATEST: Final = "TIMESTAMP '2100-01-01'"
"""Times outside are no event times but defects of the record."""

TIME: Final = "time"
"""Column of the event's time; a raw field of that name is the same, and not kept a second time."""

KEY: Final = '"rekey.key"'
"""Column of the hashed registry key; sources have fields that are called ``key``."""


PACKED: Final = "rekey.gated"
"""Column of JSON with all that is kept of gated events only: one column that is nearly always null
costs much less than many."""


def scan_sql(plan: ScanPlan, segment: Segment) -> str:
    """Write the one statement that reads a segment."""
    layout = plan.layout
    computed = replace(layout, stored=frozenset())
    columns = layout.json_columns()
    light = [f"{layout.light_expression(f)} AS {name(f)}" for f in layout.light]
    heavy = [name(root) for root in layout.heavy_roots]
    path = literal(str(segment.path))
    if segment.direct:
        reader = f"""SELECT {segment.part} AS part, NULL::UINTEGER AS file,
            NULL::UINTEGER AS record, NULL::VARCHAR AS {name(CONTEXT)}, * FROM
            read_json({path}, format = 'newline_delimited', compression = 'none',
                      columns = {columns_argument(columns)})"""
    else:
        document = ", ".join(f"{name(k)} {v}" for k, v in columns.items())
        wrapped = {"p": "UINTEGER", "f": "UINTEGER", "r": "UINTEGER", "c": "VARCHAR"}
        wrapped["d"] = f"STRUCT({document})"
        reader = f"""SELECT p AS part, f AS file, r AS record, c AS {name(CONTEXT)}, d.* FROM
            read_json({path}, format = 'newline_delimited', compression = 'none',
                      columns = {columns_argument(wrapped)})"""
    kept = [
        "part", "file", "record", name(CONTEXT), f"{_time(layout.source)} AS time",
        f"{key_sql(layout.source)} AS {KEY}",
        f"({_sound(layout.source)}) AS sound", "gate",
        *(name(field) for field in plan.everywhere if field != TIME),
        *(f"{computed.column(n) if n != 'actor.kind' else computed.source_kind()} AS {name(n)}"
          for n in sorted(layout.stored)),
        f"CASE WHEN gate THEN {_packed(plan)} END AS {name(PACKED)}",
    ]  # fmt: skip
    inner = ["part", "file", "record", name(CONTEXT), *light, *heavy]
    return f"""SELECT {", ".join(kept)} FROM
        (SELECT *, ({plan.gate}) AS gate FROM (SELECT {", ".join(inner)} FROM ({reader})))"""


def _packed(plan: ScanPlan) -> str:
    """Pack what gated events keep into JSON; numbers as their text, which JSON does not change."""
    layout = plan.layout
    parts = {f: f"CAST({name(f)} AS VARCHAR)" if _is_scalar(layout, f) else name(f)
             for f in _gated_light(plan)}  # fmt: skip
    # Taken apart here already: what no rule asks for, a secret perhaps, is never stored.
    parts |= {root: f"json_transform({name(root)}, {literal(layout.heavy_structure(root))})"
              for root in layout.heavy_roots}  # fmt: skip
    if not parts:
        return "NULL::VARCHAR"
    return "to_json({" + ", ".join(f"{literal(k)}: {v}" for k, v in parts.items()) + "})"


def unpack_sql(plan: ScanPlan, source: str) -> str:
    """Write the query that gives gated events their columns back.

    Args:
        plan: how they were read.
        source: a FROM clause of rows as :func:`scan_sql` gives them.
    """
    layout = plan.layout
    light = _gated_light(plan)
    parts = {f: '"VARCHAR"' if _is_scalar(layout, f) else '["VARCHAR"]' for f in light}
    parts |= {root: layout.heavy_structure(root) for root in layout.heavy_roots}
    structure = [f"{json.dumps(key)}: {inner}" for key, inner in parts.items()]
    if not structure:
        return f"SELECT * EXCLUDE ({name(PACKED)}) FROM {source}"
    shape = literal("{" + ", ".join(structure) + "}")
    columns = [f"{layout.cast(f, f'packed.{name(f)}')} AS {name(f)}" for f in light]
    columns += [f"packed.{name(root)} AS {name(root)}" for root in layout.heavy_roots]
    return f"""SELECT * EXCLUDE (packed, {name(PACKED)}), {", ".join(columns)} FROM
        (SELECT *, json_transform({name(PACKED)}, {shape}) AS packed FROM {source})"""


def _gated_light(plan: ScanPlan) -> list[str]:
    return [f for f in plan.gated if not plan.layout.is_heavy(f) and f != TIME]


def _is_scalar(layout: Layout, field: str) -> bool:
    return not layout.source.is_array(field)


def _sound(source: LogSourceFields) -> str:
    """Tell a genuine record: it has a sane time and all required fields."""
    present = " AND ".join(f"{name(field)} IS NOT NULL" for field in source.required)
    time = _time(source)
    return f"{present} AND coalesce({time} >= {EARLIEST} AND {time} < {LATEST}, false)"


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


def _time(source: LogSourceFields) -> str:
    column = name(source.time)
    if source.fields[source.time].type == "integer":
        sane = f"{column} BETWEEN 0 AND 253402300799999"
        return f"CASE WHEN {sane} THEN make_timestamp({column} * 1000) END"
    return f"make_timestamp(epoch_us(try_cast({column} AS TIMESTAMPTZ)))"
