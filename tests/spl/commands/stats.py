"""stats and eventstats."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from lark import Token, Tree

from tests.spl.aggregates import Aggregation, aggregation
from tests.spl.commands.evaluating import assign
from tests.spl.parser import names_of, parse
from tests.spl.refusal import Refused
from tests.spl.search import Search
from tests.spl.values import Row, Scalar, Value, several, text

_EVENTSTATS_LIMIT: Final = 50_000


def stats(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Stats.

    One row for each combination of the BY fields; rows that lack one of them are left out.
    Without BY there is one row, even over nothing.
    """
    aggregations, by = terms_of("stats", arguments)
    groups: dict[tuple[str, ...], list[Row]] = {} if by else {(): []}
    heads: dict[tuple[str, ...], Row] = {(): {}}
    for row in rows:
        values = group_of(row, by)
        if values is not None:
            key = tuple(map(text, values))
            groups.setdefault(key, []).append(row)
            heads.setdefault(key, dict(zip(by, values, strict=True)))
    made = []
    for key in sorted(groups):
        result = dict(heads[key])
        for one in aggregations:
            assign(result, one.output, one.over(groups[key], search))
        made.append(result)
    return made


def eventstats(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Eventstats.

    The same as fields of each row; a row that lacks a BY field gets none. Beyond a number of rows
    and an amount of memory it "stops adding the requested fields" (limits.conf, max_mem_usage_mb).
    """
    aggregations, by = terms_of("stats", arguments)
    if len(rows) > _EVENTSTATS_LIMIT:
        raise Refused("eventstats over so many rows that it may leave fields out")
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        values = group_of(row, by)
        if values is not None:
            groups.setdefault(tuple(map(text, values)), []).append(row)
    results: list[tuple[list[Row], list[tuple[str, Value]]]] = [
        (members, [(one.output, one.over(members, search)) for one in aggregations])
        for members in groups.values()
    ]
    for members, found in results:
        for row in members:
            for field, value in found:
                assign(row, field, value)
    return rows


@cache
def terms_of(command: str, arguments: str) -> tuple[list[Aggregation], list[str]]:
    """The aggregations of a command, and the fields that it groups by."""
    tree = parse(command, arguments)
    aggregations = [aggregation(one) for one in _trees(tree, "aggregation")]
    if len({one.output for one in aggregations}) < len(aggregations):
        raise Refused("two aggregations make the same field")
    return aggregations, [name for by in _trees(tree, "by") for name in names_of(by)]


def _trees(tree: Tree[Token], kind: str) -> Iterator[Tree[Token]]:
    for child in tree.children:
        if isinstance(child, Tree) and child.data == kind:
            yield child


def group_of(row: Row, by: list[str]) -> tuple[Scalar, ...] | None:
    """The values by which a row is grouped; ``None`` where it lacks one.

    Raises:
        Refused: one of the fields is multivalue.
    """
    values = [several(row.get(field)) for field in by]
    if any(len(v) > 1 for v in values):
        raise Refused("grouping by a multivalue field")
    return tuple(v[0] for v in values) if all(values) else None
