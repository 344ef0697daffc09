"""A Sigma condition as an SPL expression for ``where`` and ``if()``, exact and null-safe.

An expression over a missing field is null, ``where`` keeps what is true, and ``NOT`` of null is
null: so below a NOT every comparison is written so that it cannot be null. Values compare
case-insensitively. A field that may hold several values (arrays) is asked with the multivalue
functions whether any of them fits.

Sources:
    Evaluation functions, https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/CommonEvalFunctions
    Order of evaluation in where, https://docs.splunk.com/Documentation/Splunk/9.4.0/Search/Booleanexpressions
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
)

from rekey.converters.rule import Condition
from rekey.converters.splunk.quoting import is_plain
from rekey.converters.splunk.text_match import Match, as_match, plain_text, regex
from rekey.converters.splunk.unsupported import NotInSplunkError

_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
ABSENT = ("", "null")
"""What stands for an absent value: nothing, and the text that JSON null becomes in a field."""


@dataclass(frozen=True)
class Column:
    """How a field is read in an expression."""

    spl: str
    is_array: bool = False
    absent: tuple[str, ...] = ABSENT
    """The texts that stand for an absent value."""


Columns = Callable[[str], Column]
"""Name of a rule's field → how it is read."""


def predicate(condition: Condition, columns: Columns, *, total: bool = False) -> str:
    """Compile a condition tree.

    Args:
        condition: the parsed condition.
        columns: how fields are read.
        total: the result must never be null, because it is negated.

    Raises:
        NotInSplunkError: something outside the portable subset.
    """
    if isinstance(condition, ConditionNOT):
        return f"NOT ({predicate(arguments(condition)[0], columns, total=True)})"
    if isinstance(condition, ConditionItem):
        return _joined(condition, columns, total)
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        return _atom(columns(condition.field), condition.value, total)
    raise NotInSplunkError("it searches for a keyword without a field")


def arguments(condition: ConditionItem) -> list[Condition]:
    """Give the parts of an AND, OR or NOT."""
    return [arg for arg in condition.args if arg is not None]


def fields(condition: Condition) -> set[str]:
    """All field names in a condition."""
    if isinstance(condition, ConditionItem):
        return {name for arg in arguments(condition) for name in fields(arg)}
    return (
        {condition.field} if isinstance(condition, ConditionFieldEqualsValueExpression) else set()
    )


def _joined(condition: ConditionItem, columns: Columns, total: bool) -> str:
    parts: list[str] = []
    texts: dict[str, list[Match]] = {}
    for arg in arguments(condition):
        match = _text_of(arg) if isinstance(condition, ConditionOR) else None
        if match is None:
            parts.append(predicate(arg, columns, total=total))
        else:
            field, value = match
            if field not in texts:
                parts.append("")  # its place, filled below: alternatives of one field are one test
            texts.setdefault(field, []).append(value)
    tests = iter([_any_text(columns(f), values, total) for f, values in texts.items()])
    filled = [part or next(tests) for part in parts]
    joint = " AND " if isinstance(condition, ConditionAND) else " OR "
    return filled[0] if len(filled) == 1 else "(" + joint.join(filled) + ")"


def _text_of(condition: Condition) -> tuple[str, Match] | None:
    if isinstance(condition, ConditionFieldEqualsValueExpression) and isinstance(
        condition.value, SigmaString
    ):
        return condition.field, as_match(condition.value)
    return None


def _any_text(column: Column, values: Sequence[Match], total: bool) -> str:
    """Compile "the field fits one of these texts"."""
    if column.is_array:
        return f"isnotnull(mvfind({column.spl}, {regex(values)}))"
    texts = [plain_text(value) for value in values]
    if all(text is not None and is_plain(text) for text in texts):
        folded = sorted({f'"{text.lower()}"' for text in texts if text is not None})
        lowered = f"lower({_total(column)})" if total else f"lower({column.spl})"
        if len(folded) == 1:
            return f"{lowered}={folded[0]}"
        return f"in({lowered}, {', '.join(folded)})"
    if any(value.is_anything for value in values):
        filled = [text for text in column.absent if text not in ABSENT]
        if filled:
            return f"NOT in({_total(column)}, {_listed(['', *filled])})"
        return f'{_total(column)}!=""'
    if any(value.is_nothing for value in values):
        # An empty value is a value: only a field that is there can be empty.
        rest = [value for value in values if not value.is_nothing]
        test = f'(isnotnull({column.spl}) AND {_total(column)}="")'
        return f"({test} OR {_any_text(column, rest, total)})" if rest else test
    return f"match({_total(column) if total else column.spl}, {regex(values)})"


def _total(column: Column) -> str:
    return f'coalesce({column.spl}, "")'


def _atom(column: Column, value: SigmaType, total: bool) -> str:
    match value:
        case SigmaNull():
            return absent(column)
        case SigmaExists():
            return f"NOT ({absent(column)})" if value else absent(column)
        case SigmaString():
            return _any_text(column, [as_match(value)], total)
        case SigmaBool():
            return _any_text(column, [Match((str(value.boolean).lower(),))], total)
        case SigmaNumber():
            return _each(column, lambda x: f"tonumber({x})={_number(value.number)}", total)
        case SigmaCompareExpression():
            operator = _OPERATORS[value.op.name]
            limit = _number(value.number)
            return _each(column, lambda x: f"tonumber({x}){operator}{limit}", total)
        case SigmaCIDRExpression():
            return _each(column, lambda x: f'cidrmatch("{value.cidr}", {x})', total)
    raise NotInSplunkError("it compares a field in a way that not every engine can")


def absent(column: Column) -> str:
    """Compile "null, missing, empty, or a list without values"; never null."""
    if column.is_array:
        return f'isnull(mvfind({column.spl}, "."))'
    return f"in({_total(column)}, {_listed(column.absent)})"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _each(column: Column, test: Callable[[str], str], total: bool) -> str:
    if column.is_array:
        return f"isnotnull(mvfilter({test(column.spl)}))"
    return f"if({test(column.spl)}, 1, 0)=1" if total else test(column.spl)


def _number(number: object) -> str:
    value = float(str(number))
    if not math.isfinite(value):
        raise NotInSplunkError(f"{number} is no number that can be compared")
    return str(int(value)) if value.is_integer() else format(value, "f")
