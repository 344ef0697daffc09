"""A Sigma condition as a DuckDB predicate, null-safe and case-insensitive as Sigma wants it.

:func:`predicate` is exact. :func:`relaxed` is what every match must at least hold: it decides, while
the log is being read, which events are worth a closer look. It is derived from the rules and never
written by hand.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
)
from sigma.types import (
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from rekey.converters.duckdb.addresses import sortable
from rekey.converters.duckdb.sql import literal
from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import Condition
from rekey.errors import RekeyError

_WITHIN = re.compile(r"\.\*((?:[^\\.]|\\.)+)\.\*", re.DOTALL)
"""A pattern for a text that stands anywhere: to be searched for, which ends at the first find."""

_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


@dataclass(frozen=True)
class Columns:
    """How a predicate sees the fields of one source."""

    source: LogSourceFields
    sql: Callable[[str], str]
    """Field name → SQL expression."""

    def any_of(self, field: str, test: Callable[[str], str]) -> str:
        """Apply a test to the field, or to each element of an array; absent is false."""
        sql = self.sql(field)
        if field in self.source.fields and self.source.is_array(field):
            return f"coalesce(len(list_filter({sql}, lambda x: {test('x')})) > 0, false)"
        return f"coalesce({test(sql)}, false)"


def predicate(condition: Condition, columns: Columns) -> str:
    """Compile a condition tree. The result is true or false, never null.

    Raises:
        RekeyError: the condition uses something outside the portable subset.
    """
    if isinstance(condition, ConditionNOT):
        return f"NOT {predicate(_only(condition), columns)}"
    if isinstance(condition, ConditionOR):
        return f"({' OR '.join(_alternatives(condition, columns))})"
    if isinstance(condition, ConditionItem):
        return f"({' AND '.join(predicate(arg, columns) for arg in _arguments(condition))})"
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        return _atom(condition.field, condition.value, columns)
    raise RekeyError("searches for a keyword without a field", hint="Name the field.")


def required_values(condition: Condition) -> dict[str, frozenset[str]]:
    """Plain values of which every match must hold one, by field; the weakest part of a condition.

    Sound by construction: a conjunct is only ever left out, and of alternatives only what all of
    them ask for remains.
    """
    return _required(condition, _plain)


def required_patterns(condition: Condition) -> dict[str, frozenset[str]]:
    """The same with wildcards: RE2 patterns over folded text."""
    return _required(condition, _pattern)


def _required(
    condition: Condition, text: Callable[[SigmaString], str | None]
) -> dict[str, frozenset[str]]:
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        value = condition.value
        found_text = text(value) if isinstance(value, SigmaString) else None
        return {} if found_text is None else {condition.field: frozenset({found_text})}
    if isinstance(condition, ConditionAND):
        found: dict[str, frozenset[str]] = {}
        for arg in _arguments(condition):
            for field, values in _required(arg, text).items():
                # Two conjuncts may be met by two elements of an array: their overlap proves nothing.
                found[field] = min(found.get(field, values), values, key=len)
        return found
    if isinstance(condition, ConditionOR):
        parts = [_required(arg, text) for arg in _arguments(condition)]
        common = set.intersection(*(set(part) for part in parts)) if parts else set()
        return {
            field: frozenset(value for part in parts for value in part[field]) for field in common
        }
    return {}


def _plain(value: SigmaString) -> str | None:
    # str(value) would escape what looks like a wildcard.
    return None if value.contains_special() else folded("".join(map(str, value.s)))


def _pattern(value: SigmaString) -> str:
    return "".join(map(_pattern_part, value.s))


def _pattern_part(part: object) -> str:
    if isinstance(part, str):
        return re.escape(folded(part))
    return ".*" if part is SpecialChars.WILDCARD_MULTI else "."


def relaxed(
    condition: Condition,
    columns: Columns,
    usable: Callable[[str], bool],
    hint: Callable[[str, SigmaType], str | None] = lambda field, value: None,
    *,
    negations: bool = False,
) -> str | None:
    """Weaken a condition to what some fields alone can say.

    Sound by construction: a conjunct may be left out, an alternative may not, and of what is negated
    only that is said which those fields tell exactly.

    Args:
        condition: the condition.
        columns: how fields are read.
        usable: tells the fields that may be looked at.
        hint: writes what holds wherever another field has a value, if there is such a thing.
        negations: what is negated may stand alone; it lets much through.

    Returns:
        A predicate that is true wherever the condition is; ``None`` if those fields say nothing.
    """
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        if usable(condition.field):
            return predicate(condition, columns)
        return hint(condition.field, condition.value)
    if not isinstance(condition, ConditionAND | ConditionOR):
        return None
    parts = [
        relaxed(arg, columns, usable, hint, negations=negations) for arg in _arguments(condition)
    ]
    known = [part for part in parts if part is not None]
    if isinstance(condition, ConditionAND):
        without = [
            predicate(arg, columns)
            for arg in _arguments(condition)
            if isinstance(arg, ConditionNOT) and all(map(usable, fields(arg)))
        ]
        return _but(known, without) if known or (negations and without) else None
    if len(known) < len(parts):
        return None
    plain = all(
        isinstance(arg, ConditionFieldEqualsValueExpression) and usable(arg.field)
        for arg in _flat(condition)
    )
    return predicate(condition, columns) if plain else f"({' OR '.join(dict.fromkeys(known))})"


def _but(known: list[str], without: list[str]) -> str:
    """Write what holds and what does not; few events are asked for the latter."""
    held = "(" + (" AND ".join(known) or "true") + ")"
    return f"CASE WHEN {held} THEN {' AND '.join(without)} ELSE false END" if without else held


def fields(condition: Condition, *, but_absent: bool = False) -> set[str]:
    """All field names in a condition.

    Args:
        condition: the condition.
        but_absent: leave out those that are only asked whether they are absent.
    """
    if isinstance(condition, ConditionItem):
        args = _arguments(condition)
        return {name for arg in args for name in fields(arg, but_absent=but_absent)}
    if not isinstance(condition, ConditionFieldEqualsValueExpression):
        return set()
    return set() if but_absent and isinstance(condition.value, SigmaNull) else {condition.field}


def _arguments(condition: ConditionItem) -> list[Condition]:
    return [arg for arg in condition.args if arg is not None]


def _only(condition: ConditionNOT) -> Condition:
    return _arguments(condition)[0]


def in_values(field: str, values: Iterable[str], columns: Columns) -> str:
    """Compile "the field holds one of these values"; values are folded already."""
    listed = ", ".join(literal(value) for value in sorted(set(values)))
    return columns.any_of(field, lambda x: f"lower(CAST({x} AS VARCHAR)) IN ({listed})")


def matches_any(field: str, patterns: Iterable[str], columns: Columns) -> str:
    """Compile "the field fits one of these patterns", by one automaton for all of them."""
    whole: set[str] = set()
    inner: set[str] = set()
    for pattern in patterns:
        found = _WITHIN.fullmatch(pattern)
        (inner if found else whole).add(found[1] if found else pattern)
    tests = [
        (function, literal("(?s)" + "|".join(sorted(chosen))))
        for function, chosen in (("regexp_full_match", whole), ("regexp_matches", inner))
        if chosen
    ]
    return columns.any_of(
        field,
        lambda x: " OR ".join(
            f"{function}(lower(CAST({x} AS VARCHAR)), {pattern})" for function, pattern in tests
        ),
    )


def _flat(condition: ConditionOR) -> Iterator[Condition]:
    """Yield the alternatives of a condition, and those of alternatives that are one themselves."""
    for arg in _arguments(condition):
        if isinstance(arg, ConditionOR):
            yield from _flat(arg)
        else:
            yield arg


def _alternatives(condition: ConditionOR, columns: Columns) -> list[str]:
    """Compile the alternatives, the texts of one field by one look at it.

    DuckDB answers ``field in (plain texts)`` with one look-up, and many patterns by one automaton;
    one function call for each would cost more than all else.
    """
    texts: dict[str, list[SigmaString]] = {}
    others = []
    for arg in _flat(condition):
        if (
            isinstance(arg, ConditionFieldEqualsValueExpression)
            and isinstance(arg.value, SigmaString)
            and list(arg.value.s) != [SpecialChars.WILDCARD_MULTI]  # anything but the empty text
        ):
            texts.setdefault(arg.field, []).append(arg.value)
        else:
            others.append(predicate(arg, columns))
    return [*(_texts(field, values, columns) for field, values in texts.items()), *others]


def _texts(field: str, values: list[SigmaString], columns: Columns) -> str:
    if len(values) == 1:
        return _atom(field, values[0], columns)
    plain = [text for value in values if (text := _plain(value)) is not None]
    if len(plain) == len(values):
        return in_values(field, plain, columns)
    return matches_any(field, map(_pattern, values), columns)


def _atom(field: str, value: SigmaType, columns: Columns) -> str:
    match value:
        case SigmaNull():
            return _absent(field, columns)
        case SigmaExists():
            absent = _absent(field, columns)
            return f"NOT {absent}" if value else absent
        case SigmaString():
            return columns.any_of(field, lambda x: _string(x, value))
        case SigmaBool():
            text = literal(str(value.boolean).lower())
            return columns.any_of(field, lambda x: f"lower(CAST({x} AS VARCHAR)) = {text}")
        case SigmaNumber():
            wanted = _number(value.number)
            return columns.any_of(field, lambda x: f"try_cast({x} AS DOUBLE) = {wanted}")
        case SigmaCompareExpression():
            operator, limit = _OPERATORS[value.op.name], _number(value.number)
            return columns.any_of(field, lambda x: f"try_cast({x} AS DOUBLE) {operator} {limit}")
        case SigmaCIDRExpression():
            return columns.any_of(field, lambda x: _cidr(x, value.cidr))
    raise RekeyError(
        f"{field} is compared in a way that not every engine can",
        hint="See 'The portable subset' in docs/rule-standard.md.",
    )


def _absent(field: str, columns: Columns) -> str:
    """Null, missing, empty text and a list without values are the same to Sigma and the SIEMs."""
    sql = columns.sql(field)
    if field in columns.source.fields and columns.source.is_array(field):
        return f"coalesce(len(list_filter({sql}, lambda x: x <> '')) = 0, true)"
    return f"coalesce(CAST({sql} AS VARCHAR), '') = ''"


def _string(column: str, value: SigmaString) -> str:
    text = f"lower(CAST({column} AS VARCHAR))"
    parts = [folded(part) if isinstance(part, str) else part for part in value.s]
    if not parts:
        return f"{text} = ''"
    if all(isinstance(part, str) for part in parts):
        return f"{text} = {literal(''.join(str(part) for part in parts))}"
    shape = [isinstance(part, str) for part in parts]
    if SpecialChars.WILDCARD_SINGLE not in parts:
        if parts == [SpecialChars.WILDCARD_MULTI]:
            return f"{text} <> ''"
        if shape == [False, True, False]:
            return f"contains({text}, {literal(str(parts[1]))})"
        if shape == [True, False]:
            return f"starts_with({text}, {literal(str(parts[0]))})"
        if shape == [False, True]:
            return f"ends_with({text}, {literal(str(parts[1]))})"
    return f"{text} LIKE {literal(''.join(_like(part) for part in parts))} ESCAPE '\\'"


def folded(text: str) -> str:
    """Lower a text as DuckDB's lower() does: letter by letter, one for one."""
    return "".join(letter.lower()[0] for letter in text)


def _number(number: object) -> str:
    """Write a number; infinity has no literal of its own."""
    return f"CAST('{float(str(number))!r}' AS DOUBLE)"


def _like(part: object) -> str:
    if isinstance(part, str):
        return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "%" if part is SpecialChars.WILDCARD_MULTI else "_"


def _cidr(column: str, cidr: str) -> str:
    """Compare addresses as ``rekey_ip`` writes them; what is no address lies in no network."""
    network = ip_network(cidr, strict=False)
    low, high = sortable(network.network_address), sortable(network.broadcast_address)
    return f"rekey_ip({column}) BETWEEN {literal(low)} AND {literal(high)}"
