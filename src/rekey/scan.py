"""The two typed readings of a log: the survey of all records, and the few that are read in full.

What is asked of every event matters much. The survey takes no more of a record than tells what it
is and whether a rule may be about it. Read in full, too, is only what rules may ask for: no secret
is among it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from rekey.converters.duckdb.calls import NAMED, NUMBER
from rekey.converters.duckdb.interest import Asked, Grouped, Shape, Wide, Within
from rekey.converters.duckdb.layout import CONTEXT, Layout, columns_argument
from rekey.converters.duckdb.plan import ScanPlan, Tracked, is_broad
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


def track(index: int) -> str:
    """Name the column of looks and groups that one of :attr:`ScanPlan.tracks` has."""
    return name(f"rekey.track.{index}")


def value(index: int) -> str:
    """Name the column of the values that groups of a track hold."""
    return name(f"rekey.value.{index}")


def broad(plan: ScanPlan, number: int) -> tuple[str, str, str]:
    """Name the columns of a broad group: whether an event belongs to one, which, and its value.

    Groups of several rules that are told by the same share their columns.
    """
    each = plan.tracked[number]
    assert isinstance(each, Grouped)  # noqa: S101 - see is_broad
    group, value = (name(f"rekey.hash.{_hash(plan, asked)}") for asked in (each.group, each.value))
    return name(f"rekey.belongs.{number}"), group, value


def text(wide: Wide) -> str:
    """Name the column of the hash of a text."""
    return name(f"rekey.hash.{wide.field}")


def number_of(look: str) -> str:
    """Write the number in :attr:`ScanPlan.tracked` that a look or group has: its lowest bits."""
    return f"{look} & {_NUMBERS - 1}"


def group_of(look: str) -> str:
    """Write the group without its number."""
    return f"{look} // {_NUMBERS}"


_NUMBERS: Final = 1024


def survey_sql(plan: ScanPlan, segment: Segment) -> str:
    """Write the one statement that surveys a segment."""
    layout = plan.layout
    kept, tests, terms = list(_surveyed(plan)), list(_tests(plan)), list(_terms(plan))
    calls = [f"{plan.calls.named()} AS {NAMED}"], [f"{plan.calls.number()} AS {NUMBER}"]
    text = " ".join([*kept, *tests, *terms, *calls[0], *calls[1]])
    asked = [each for each in layout.light if name(each) in text]
    heavy = sorted({e.root for e in _asked(plan) if isinstance(e, Within)})
    columns = plan.shape.survey_columns(asked, heavy)
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
    inner = ["part", "file", "record", name(CONTEXT), *light, *map(name, heavy),
             f"{_typed(columns)} AS {TYPED}"]  # fmt: skip
    sql = f"SELECT {', '.join(inner)} FROM ({reader})"
    # One layer upon the other, so that each expression is worked out once.
    for layer in (*calls, tests, terms):
        sql = f"SELECT {', '.join(['*', *layer])} FROM ({sql})"
    return f"SELECT {', '.join(kept)} FROM ({sql})"


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
        f"json_transform({layout.masked(root)}, {literal(layout.heavy_structure(root))})"
        f" AS {name(root)}"
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
    for each in plan.everywhere:
        if each != TIME:
            yield f"{_term(plan, each)} AS {name(each)}"
    terms = _asking(plan)
    for i, each in enumerate(plan.marks):
        known = _term(plan, each) if each in terms else _light(layout, each)
        yield f"({known}) IS NOT NULL AS {mark(i)}"
    hashes = {text(each): f"hash({name(each.field)})" for each in plan.wide}
    for number, one in enumerate(plan.tracked):
        if isinstance(one, Grouped) and is_broad(one):
            belongs, group, counted = broad(plan, number)
            yield f"{_test(number)} AS {belongs}"
            hashes |= {group: _hash(plan, one.group), counted: _hash(plan, one.value)}
    yield from (f"{sql} AS {column}" for column, sql in hashes.items())
    for i, numbers in enumerate(plan.tracks):
        yield f"CASE {' '.join(_cases(plan, numbers))} END AS {track(i)}"
        if has_values(plan, numbers):
            cases = (
                f"WHEN {_test(n)} THEN {_hash(plan, values)}"
                for n in numbers
                if (values := _value(plan.tracked[n]))
            )
            yield f"CASE {' '.join(cases)} END AS {value(i)}"


def _cases(plan: ScanPlan, numbers: Iterable[int]) -> Iterator[str]:
    for n in numbers:
        each = plan.tracked[n]
        hashed = _hash(plan, each.asked if isinstance(each, Shape) else each.group)
        yield f"WHEN {_test(n)} THEN {hashed} // {_NUMBERS} * {_NUMBERS} + {n}"


def has_values(plan: ScanPlan, numbers: Iterable[int]) -> bool:
    """Say whether a track has a column of values."""
    return any(_value(plan.tracked[n]) for n in numbers)


def _value(each: Tracked) -> tuple[Asked, ...]:
    return each.value if isinstance(each, Grouped) else ()


def _hash(plan: ScanPlan, asked: Iterable[Asked]) -> str:
    """Hash what events are compared by, as texts: another base rule may have another type."""
    texts = [
        f"json_extract_string({name(each.root)}, {literal(each.pointer)})"
        if isinstance(each, Within)
        else f"CAST({_term(plan, each)} AS VARCHAR)"
        for each in asked
    ]
    return f"hash({', '.join(texts)})" if texts else "NULL::UBIGINT"


def _tests(plan: ScanPlan) -> Iterator[str]:
    """Yield whether an event has a look, or is of a group; a group needs all of its keys."""
    for n, each in enumerate(plan.tracked):
        test = each.test
        if isinstance(each, Grouped):
            keys = (k for k in each.group if isinstance(k, str) and k in plan.layout.source.fields)
            filled = (f"coalesce(CAST({name(key)} AS VARCHAR), '') <> ''" for key in keys)
            test = " AND ".join([f"({test})", *filled])
        if each.calls:
            test = f"CASE WHEN {plan.calls.may_pass(each.calls)} THEN {test} ELSE false END"
        yield f"({test}) AS {_test(n)}"


def _test(number: int) -> str:
    return name(f"rekey.test.{number}")


def _asked(plan: ScanPlan) -> Iterator[Asked]:
    for each in plan.tracked:
        yield from _asked_by(each)


def _asked_by(each: Tracked) -> tuple[Asked, ...]:
    return each.asked if isinstance(each, Shape) else (*each.group, *each.value)


def _terms(plan: ScanPlan) -> Iterator[str]:
    """Yield what is worked out of fields, once, where any look or group asks for it."""
    of_all = {*plan.everywhere, *plan.marks}
    for each, asking in sorted(_asking(plan).items()):
        sql, tests = _light(plan.layout, each), [plan.tracked[n].test for n in asking]
        if each not in of_all and "true" not in tests:
            sql = f"CASE WHEN {' OR '.join(map(_test, asking))} THEN {sql} END"
        yield f"{sql} AS {_term(plan, each)}"


def _asking(plan: ScanPlan) -> dict[str, list[int]]:
    """Give every name to be worked out, and the numbers of the looks and groups that ask for it."""
    found: dict[str, list[int]] = {e: [] for e in plan.everywhere if not _is_plain(plan, e)}
    for number, each in enumerate(plan.tracked):
        for asked in dict.fromkeys(_asked_by(each)):
            if isinstance(asked, str) and not _is_plain(plan, asked):
                found.setdefault(asked, []).append(number)
    return found


def _term(plan: ScanPlan, each: str) -> str:
    return name(each) if _is_plain(plan, each) else name(f"rekey.term.{each}")


def _is_plain(plan: ScanPlan, each: str) -> bool:
    return each == CONTEXT or each in plan.layout.source.fields


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
    nested = [name(key) for key, type_ in columns.items() if type_ not in ("VARCHAR", "JSON")]
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
