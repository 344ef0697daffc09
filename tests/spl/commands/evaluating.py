"""Commands that work on expressions: eval, where, rex."""

import re
from functools import cache

from lark import Token, Tree

from tests.spl.expressions import compile_expression, truth
from tests.spl.functions.regexes import compile_regex
from tests.spl.parser import name_of, parse, unquote
from tests.spl.refusal import Refused
from tests.spl.scope import Expression
from tests.spl.search import Search
from tests.spl.values import Row, Value, from_several, several, text


def eval_(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Eval.

    Assignments work one after the other; a result that is null takes the field away.
    """
    assignments = _assignments(arguments)
    for row in rows:
        scope = search.scope(row)
        for field, expression in assignments:
            assign(row, field, expression(scope))
    return rows


@cache
def _assignments(arguments: str) -> list[tuple[str, Expression]]:
    assignments = []
    for tree in parse("eval", arguments).children:
        assert isinstance(tree, Tree)
        target, body = tree.children
        assignments.append((unquote(str(target)), compile_expression(body)))
    return assignments


def assign(row: Row, field: str, value: Value) -> None:
    """Set a field of a row, or take it away.

    Raises:
        Refused: the value is a truth value, which no field can hold.
    """
    if isinstance(value, bool):
        raise Refused(f"eval puts a truth value into {field}")
    if value is None:
        row.pop(field, None)
    else:
        row[field] = value


def where(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Where.

    Keeps the rows for which the expression is true; neither false nor null is.
    """
    condition = _condition(arguments)
    return [row for row in rows if truth(condition(search.scope(row))) is True]


@cache
def _condition(arguments: str) -> Expression:
    return compile_expression(parse("where", arguments).children[0])


def rex(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Rex.

    Each named group becomes a field. ``max_match`` is 1 by default, and 0 means no limit.
    """
    *options, regex = parse("rex", arguments).children
    given: dict[str, str] = {}
    for option in options:
        assert isinstance(option, Tree)
        name, value = option.children
        given[str(name)] = str(value) if str(name) != "field" else name_of(value)
    if set(given) - {"field", "max_match"}:
        raise Refused(f"rex with {sorted(given)}")
    assert isinstance(regex, Token)
    pattern = compile_regex(unquote(regex))
    limit = int(given.get("max_match", "1"))
    for row in rows:
        _extract(row, pattern, given.get("field", "_raw"), limit)
    return rows


def _extract(row: Row, pattern: re.Pattern[str], field: str, limit: int) -> None:
    subjects = several(row.get(field))
    if len(subjects) > 1:
        raise Refused("rex of a multivalue field")
    for subject in subjects:
        found = list(pattern.finditer(text(subject)))[: limit or None]
        for group in pattern.groupindex:
            if found:
                values = [match[group] for match in found if match[group] is not None]
                assign(row, group, from_several(values))
