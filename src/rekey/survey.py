"""The survey: the typed reading of all records, which tells the few that rules may be about.

What is asked of every event matters much. The survey takes no more of a record than tells what it
is and whether a rule may be about it: a few hashes, and many answers by yes and no, which are bits.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from rekey.converters.duckdb.bits import Bits, bit, joined
from rekey.converters.duckdb.calls import NAMED, NUMBER, narrowed
from rekey.converters.duckdb.gate import Gate
from rekey.converters.duckdb.hashes import Case, Tracked, asked_by
from rekey.converters.duckdb.interest import Asked, Grouped, Wide, Within
from rekey.converters.duckdb.plan import ScanPlan
from rekey.converters.duckdb.sql import literal, name
from rekey.converters.registry import CONTEXT, LogSourceFields
from rekey.scan import KEY, TIME, key_sql, light_sql, read_json, struct, time_sql
from rekey.sources.interface import Segment

EARLIEST: Final = "TIMESTAMP '2005-01-01'"
LATEST: Final = "TIMESTAMP '2100-01-01'"
"""Times outside are no event times but defects of the record."""

_AT: Final = '"rekey.at"'
"""Column of the event's time until it is kept: a raw field may have that name."""

_MAY: Final = Bits("may")
"""What the name of its call lets an event be; numbered as tests are."""

_TESTS: Final = Bits("test")
"""Of which looks and groups an event is, by their numbers; then, whether it passes a gate, and for which
of the texts of :attr:`ScanPlan.wide` it is asked."""

_FACTS: Final = Bits("fact")
"""What is told of every event: that it is genuine, and which marks it carries."""

_SOUND, _NESTED, _MARKS = 0, 1, 2
"""Places of facts."""


def is_sound() -> str:
    """Write the test for a genuine record."""
    return _FACTS.any_of([_SOUND])


def carries(mark: int) -> str:
    """Write the test whether an event carries a name of :attr:`ScanPlan.marks`."""
    return _FACTS.any_of([_MARKS + mark])


def belongs(number: int) -> str:
    """Write the test whether an event has a look, or is of a group, of :attr:`ScanPlan.tracked`."""
    return _TESTS.any_of([number])


def passes(plan: ScanPlan) -> str:
    """Write the test whether an event is read in full, whatever else."""
    return _TESTS.any_of([_gate(plan)])


def is_asked(plan: ScanPlan, wide: Wide) -> str:
    """Write the test whether an event is asked for a text."""
    return _TESTS.any_of([_gate(plan) + 1 + plan.wide.index(wide)])


def hash_of(plan: ScanPlan, asked: tuple[Asked, ...]) -> str:
    """Name the column of a hash; ``NULL`` of nothing."""
    for number, column in enumerate(plan.hashes):
        if any(case.asked == asked for case in column.cases):
            return name(f"rekey.hash.{number}")
    return "NULL::UBIGINT"


def survey_sql(plan: ScanPlan, segment: Segment) -> str:
    """Write the one statement that surveys a segment."""
    layout, calls = plan.layout, plan.calls
    # One layer upon the other, so that each expression is worked out once.
    layers = [
        [f"{time_sql(layout.source)} AS {_AT}", f"{calls.named()} AS {NAMED}"],
        [f"{calls.number()} AS {NUMBER}"],
        list(_may(plan)),
        list(_tests(plan)),
        list(_terms(plan)),
    ]
    kept = list(_kept(plan))
    text = " ".join(part for layer in (*layers, kept) for part in layer)
    asked = [each for each in layout.light if name(each) in text]
    heavy = sorted(plan.heavy)
    columns = plan.shape.survey_columns(asked, heavy)
    inner = ["part", "file", "record", name(CONTEXT),
             *(f"{layout.light_expression(each)} AS {name(each)}" for each in asked),
             *map(name, heavy), f"{_nested(columns)} AS {_is_nested()}"]  # fmt: skip
    sql = f"SELECT {', '.join(inner)} FROM ({_reader(segment, columns)})"
    for layer in layers:
        sql = f"SELECT {', '.join(['*', *layer])} FROM ({sql})"
    return f"SELECT {', '.join(kept)} FROM ({sql})"


def _reader(segment: Segment, columns: dict[str, str]) -> str:
    path = literal(str(segment.path))
    if segment.direct:
        return f"""SELECT {segment.part} AS part, NULL::UINTEGER AS file,
            NULL::UINTEGER AS record, NULL::VARCHAR AS {name(CONTEXT)}, * FROM
            {read_json(path, columns)}"""
    wrapped = {"p": "UINTEGER", "f": "UINTEGER", "r": "UINTEGER", "c": "VARCHAR"}
    return f"""SELECT p AS part, f AS file, r AS record, c AS {name(CONTEXT)}, d.* FROM
        {read_json(path, wrapped | {"d": struct(columns)})}"""


def _kept(plan: ScanPlan) -> Iterator[str]:
    """Yield what the survey keeps."""
    yield from ("part", "file", "record", name(CONTEXT), f"{_AT} AS time")
    yield f"{key_sql(plan.layout.source)} AS {KEY}"
    for each in plan.everywhere:
        if each != TIME:
            yield f"{_term(plan, each)} AS {name(each)}"
    yield from _TESTS.columns(_tested(plan))
    facts = [_sound(plan.layout.source), _is_nested(), *_marks(plan)]
    for column in _FACTS.columns(len(facts)):
        values = [
            bit(_FACTS.value(n), f) for n, f in enumerate(facts) if _FACTS.column(n) == column
        ]
        yield f"{joined(values)} AS {column}"
    for number, one in enumerate(plan.hashes):
        yield f"{_hashed(plan, one.cases)} AS {name(f'rekey.hash.{number}')}"


def _marks(plan: ScanPlan) -> Iterator[str]:
    terms = _asking(plan)
    for each in plan.marks:
        yield f"({_term(plan, each) if each in terms else light_sql(plan.layout, each)}) IS NOT NULL"


# -- yes and no ----------------------------------------------------------------------------------


def _gate(plan: ScanPlan) -> int:
    """Give the number of the test whether an event passes a gate."""
    return len(plan.tracked)


def _tested(plan: ScanPlan) -> int:
    """Count the tests."""
    return _gate(plan) + 1 + len(plan.wide)


def _may(plan: ScanPlan) -> Iterator[str]:
    """Yield what the name of a call lets an event be: looked up by the name's number."""
    gates = [(n, each.calls) for n, each in enumerate(plan.tracked) if each.calls]
    gates += [(_gate(plan), each) for each in plan.gates]
    for column in _MAY.columns(_tested(plan)):
        by_number, without = [0] * len(plan.calls.names), 0
        for n, gate in gates:
            if _MAY.column(n) == column and plan.calls.tells(gate):
                numbers, others = plan.calls.passing(gate)
                for number in numbers:
                    by_number[number] |= _MAY.value(n)
                without |= _MAY.value(n) if others else 0
        values = f"list_extract([{', '.join(map(str, by_number))}]::UBIGINT[], {NUMBER} + 1)"
        told = f"CASE WHEN {NUMBER} IS NULL THEN {without}::UBIGINT ELSE {values} END"
        yield f"CASE WHEN {NAMED} THEN {told} ELSE 0::UBIGINT END AS {column}"


def _tests(plan: ScanPlan) -> Iterator[str]:
    """Yield of which looks and groups an event is, and whether it passes a gate."""
    told: list[tuple[int, str]] = []  # by the name of the call
    others: list[tuple[int, str]] = []
    for n, each in enumerate(plan.tracked):
        test = _test(plan, each)
        if each.calls and plan.calls.tells(each.calls):
            told.append((n, test))
        else:
            others.append((n, narrowed(each.calls, plan.layout, test) if each.calls else test))
    gates = [[g for g in plan.gates if plan.calls.tells(g) is named] for named in (True, False)]
    told.append((_gate(plan), _any(_nearest(plan, each) or each.test for each in gates[0])))
    others.append((_gate(plan), _any([plan.besides, *(_narrowed(plan, g) for g in gates[1])])))
    others += ((_gate(plan) + 1 + n, each.gate) for n, each in enumerate(plan.wide))
    for column, may in zip(*(x.columns(_tested(plan)) for x in (_TESTS, _MAY)), strict=True):
        those = (
            f"CASE WHEN {may} & {_MAY.value(n)} = 0 THEN 0::UBIGINT ELSE {bit(_TESTS.value(n), t)} END"
            for n, t in told
            if _TESTS.column(n) == column
        )
        named = f"CASE WHEN {may} = 0 THEN 0::UBIGINT ELSE {joined(those)} END"
        rest = (bit(_TESTS.value(n), t) for n, t in others if _TESTS.column(n) == column)
        yield f"{joined([named, *rest])} AS {column}"


def _test(plan: ScanPlan, each: Tracked) -> str:
    """Write the test of a look or group; a group needs all of its keys."""
    test = _nearest(plan, each.calls) if each.calls else None
    if not isinstance(each, Grouped):
        return test or each.test
    keys = (k for k in each.group if isinstance(k, str) and k in plan.layout.source.fields)
    filled = (f"coalesce(CAST({name(key)} AS VARCHAR), '') <> ''" for key in keys)
    return " AND ".join([f"({test or each.test})", *filled])


def _narrowed(plan: ScanPlan, gate: Gate) -> str:
    """Write a gate's test for every event: the nearer one where one field tells of most that they fail."""
    return narrowed(gate, plan.layout, _nearest(plan, gate) if gate.patterns else None)


def _nearest(plan: ScanPlan, gate: Gate) -> str | None:
    """Write the nearer test of a gate, where all that it looks at is read."""
    return gate.nearer if gate.roots <= plan.heavy else None


def _any(tests: Iterable[str]) -> str:
    return " OR ".join(dict.fromkeys(f"({t})" for t in tests if t != "false")) or "false"


def _is_nested() -> str:
    return name("rekey.nested")


def _nested(columns: dict[str, str]) -> str:
    """Touch every key that holds more than a text: DuckDB reads nothing that nobody asks for.

    A wrong JSON type must show at once.
    """
    nested = [name(key) for key, type_ in columns.items() if type_ not in ("VARCHAR", "JSON")]
    return " OR ".join(f"{key} IS NULL" for key in nested) or "false"


def _sound(source: LogSourceFields) -> str:
    """Tell a genuine record: it has a sane time and all required fields."""
    present = " AND ".join(f"{name(field)} IS NOT NULL" for field in source.required)
    return f"{present} AND coalesce({_AT} >= {EARLIEST} AND {_AT} < {LATEST}, false)"


# -- hashes --------------------------------------------------------------------------------------


def _hashed(plan: ScanPlan, cases: tuple[Case, ...]) -> str:
    """Hash what an event is asked for; only where a test holds that asks."""
    found = []
    for case in cases:
        hashed = _hash(plan, case.asked)
        if case.numbers is None:
            return hashed
        found.append(f"WHEN {_TESTS.any_of(sorted(case.numbers))} THEN {hashed}")
    return f"CASE {' '.join(found)} END"


def _hash(plan: ScanPlan, asked: tuple[Asked, ...]) -> str:
    """Hash what events are compared by, as texts: another base rule may have another type."""
    texts = [
        f"json_extract_string({name(each.root)}, {literal(each.pointer)})"
        if isinstance(each, Within)
        else f"CAST({_term(plan, each)} AS VARCHAR)"
        for each in asked
    ]
    return f"hash({', '.join(texts)})"


def _terms(plan: ScanPlan) -> Iterator[str]:
    """Yield what is worked out of fields, once, where any look or group asks for it."""
    of_all = {*plan.everywhere, *plan.marks}
    for each, asking in sorted(_asking(plan).items()):
        sql, tests = light_sql(plan.layout, each), [plan.tracked[n].test for n in asking]
        if each not in of_all and "true" not in tests:
            sql = f"CASE WHEN {_TESTS.any_of(asking)} THEN {sql} END"
        yield f"{sql} AS {_term(plan, each)}"


def _asking(plan: ScanPlan) -> dict[str, list[int]]:
    """Give every name to be worked out, and the numbers of the looks and groups that ask for it."""
    found: dict[str, list[int]] = {e: [] for e in plan.everywhere if not _is_plain(plan, e)}
    for number, each in enumerate(plan.tracked):
        for asked in dict.fromkeys(asked_by(each)):
            if isinstance(asked, str) and not _is_plain(plan, asked):
                found.setdefault(asked, []).append(number)
    return found


def _term(plan: ScanPlan, each: str) -> str:
    return name(each) if _is_plain(plan, each) else name(f"rekey.term.{each}")


def _is_plain(plan: ScanPlan, each: str) -> bool:
    return each == CONTEXT or each in plan.layout.source.fields
