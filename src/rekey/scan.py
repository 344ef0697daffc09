"""The two typed readings of a log: the survey of all records, and the few that are read in full.

What is asked of every event matters much. The survey takes no more of a record than tells what it
is and whether a rule may be about it. Read in full, too, is only what rules may ask for: no secret
is among it.
"""

from collections.abc import Iterator
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


TYPED: Final = '"rekey.typed"'
"""Column without meaning, for which all light keys are read: a wrong JSON type must show at once."""

FULL: Final = {"s": "BIGINT", "p": "UINTEGER", "c": "VARCHAR"}
"""Columns around a record (``d``) that is read in full: its store id, its part, its context."""


def mark(index: int) -> str:
    """Name the column that says whether an event carries a name of :attr:`ScanPlan.marks`."""
    return name(f"rekey.mark.{index}")


def group(index: int) -> str:
    """Name the column of a group's hash, of :attr:`ScanPlan.varying`."""
    return name(f"rekey.group.{index}")


def value(plan: ScanPlan, index: int) -> str:
    """Name the column of the hash of the value that varies within a group; some share one."""
    values = [each.value for each in plan.varying]
    return name(f"rekey.value.{values.index(values[index])}")


def look(index: int) -> str:
    """Name the column of a look's hash, of :attr:`ScanPlan.shapes`."""
    return name(f"rekey.look.{index}")


def survey_sql(plan: ScanPlan, segment: Segment) -> str:
    """Write the one statement that surveys a segment."""
    layout = plan.layout
    kept, tests = list(_surveyed(plan)), list(_tests(plan))
    text = " ".join([*kept, *tests])
    asked = [each for each in layout.light if name(each) in text]
    columns = layout.survey_columns(asked)
    path = literal(str(segment.path))
    if segment.direct:
        reader = f"""SELECT {segment.part} AS part, NULL::UINTEGER AS file,
            NULL::UINTEGER AS record, NULL::VARCHAR AS {name(CONTEXT)}, * FROM
            {_read_json(path, columns)}"""
    else:
        wrapped = {"p": "UINTEGER", "f": "UINTEGER", "r": "UINTEGER", "c": "VARCHAR"}
        reader = f"""SELECT p AS part, f AS file, r AS record, c AS {name(CONTEXT)}, d.* FROM
            {_read_json(path, wrapped | {"d": _struct(columns)})}"""
    light = [f"{layout.light_expression(each)} AS {name(each)}" for each in asked]
    inner = ["part", "file", "record", name(CONTEXT), *light, f"{_typed(columns)} AS {TYPED}"]
    return f"""SELECT {", ".join(kept)} FROM (SELECT {", ".join(["*", *tests])} FROM
        (SELECT {", ".join(inner)} FROM ({reader})))"""


def full_sql(layout: Layout, path: str) -> str:
    """Write the statement that reads records in full.

    Args:
        layout: what to read.
        path: lines of ``{"s": store id, "p": part, "c": context, "d": {the record}}``.
    """
    columns = FULL | {"d": _struct(layout.json_columns())}
    fields = [f"{layout.light_expression(f)} AS {name(f)}" for f in layout.light]
    # Taken apart here already: what no rule asks for, a secret perhaps, is never stored.
    fields += [
        f"json_transform({name(root)}, {literal(layout.heavy_structure(root))}) AS {name(root)}"
        for root in layout.heavy_roots
    ]
    kept = ["seq", "part", name(CONTEXT), f"{_time(layout.source)} AS time",
            f"{key_sql(layout.source)} AS {KEY}",
            *(name(each) for each in (*layout.light, *layout.heavy_roots) if each != TIME),
            *(f"{sql} AS {name(each)}" for each, sql in _expressions(layout))]  # fmt: skip
    inner = ["s AS seq", "p AS part", f"c AS {name(CONTEXT)}", *fields]
    return f"""SELECT {", ".join(kept)} FROM (SELECT {", ".join(inner)} FROM
        (SELECT s, p, c, d.* FROM {_read_json(literal(path), columns)}))"""


def _surveyed(plan: ScanPlan) -> Iterator[str]:
    """Yield what the survey keeps; hashes are worked out only where their test holds."""
    layout = plan.layout
    yield from ("part", "file", "record", name(CONTEXT), f"{_time(layout.source)} AS time")
    yield f"{key_sql(layout.source)} AS {KEY}"
    yield f"({_sound(layout.source)}) AS sound"
    yield TYPED
    yield f"({plan.gate}) AS gate"
    expressions = dict(_expressions(layout))
    for each in plan.everywhere:
        if each != TIME:
            yield f"{expressions.get(each, name(each))} AS {name(each)}"
    for i, each in enumerate(plan.marks):
        yield f"({_light(layout, each)}) IS NOT NULL AS {mark(i)}"
    for i, groups in enumerate(plan.varying):
        yield f"CASE WHEN {_test('group', i)} THEN {groups.group} END AS {group(i)}"
        if groups.value not in (each.value for each in plan.varying[:i]):
            yield f"{groups.value} AS {value(plan, i)}"
    for i, shape in enumerate(plan.shapes):
        yield f"CASE WHEN {_test('look', i)} THEN {shape.look} END AS {look(i)}"


def _tests(plan: ScanPlan) -> Iterator[str]:
    """Yield the tests of groups and looks, each worked out once."""
    for i, groups in enumerate(plan.varying):
        yield f"({groups.test}) AS {_test('group', i)}"
    for i, shape in enumerate(plan.shapes):
        yield f"({shape.test}) AS {_test('look', i)}"


def _test(what: str, index: int) -> str:
    return name(f"rekey.test.{what}.{index}")


def _expressions(layout: Layout) -> Iterator[tuple[str, str]]:
    """Yield what is worked out beside raw fields, and its SQL over them."""
    for each in sorted(layout.stored):
        yield each, _light(layout, each)


def _light(layout: Layout, each: str) -> str:
    """Write a name over light fields; the site's word on a kind of actor is joined later."""
    own = layout.computed
    return own.source_kind() if each == "actor.kind" else own.column(each)


def _read_json(path: str, columns: dict[str, str]) -> str:
    return (
        f"read_json({path}, format = 'newline_delimited', compression = 'none', records = true,"
        f" columns = {columns_argument(columns)})"
    )


def _struct(columns: dict[str, str]) -> str:
    return f"STRUCT({', '.join(f'{name(k)} {v}' for k, v in columns.items())})"


def _typed(columns: dict[str, str]) -> str:
    """Touch every key that holds more than a text: DuckDB reads nothing that nobody asks for."""
    nested = [name(key) for key, type_ in columns.items() if type_ != "VARCHAR"]
    return " + ".join(f"({key} IS NULL)::UTINYINT" for key in nested) or "NULL::UTINYINT"


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
