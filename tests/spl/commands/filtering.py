"""Commands that keep some rows and put them in order: search, dedup, sort, head."""

from collections.abc import Sequence
from functools import cache

from lark import Token, Tree

from tests.spl.commands.options import flag, options_of
from tests.spl.parser import Node, name_of, names_of, parse
from tests.spl.refusal import Refused
from tests.spl.search import Search
from tests.spl.terms import Predicate, predicate
from tests.spl.values import Row, number, order, several, text

_SORT_LIMIT = 10_000


def search(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Search."""
    if arguments.strip() == "*":
        return rows
    matches = _matches(arguments)
    return [row for row in rows if matches(row)]


@cache
def _matches(arguments: str) -> Predicate:
    tree = parse("search", arguments)
    if tree.children[0] is None:
        raise Refused("search without terms")
    return predicate(tree.children[0])


def dedup(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Dedup.

    The first rows of each combination stay, in the order in which they come, or in that of
    ``sortby``; a row that lacks one of the fields is dropped unless ``keepempty=true``.
    """
    tree = parse("dedup", arguments)
    if isinstance(sortby := tree.children[-1], Tree):
        rows = _sorted(rows, sortby.children[1:])
    count, names = (c for c in tree.children[:-1] if not _is_option(c))
    assert isinstance(names, Tree)
    fields = names_of(names)
    keep = int(str(count)) if count else 1
    keep_empty = flag(options_of("dedup", arguments, "keepempty"), "keepempty", default=False)
    seen: dict[tuple[str, ...], int] = {}
    kept = []
    for row in rows:
        values = [several(row.get(field)) for field in fields]
        if any(len(v) > 1 for v in values):
            raise Refused("dedup by a multivalue field")
        if not all(values):
            kept += [row] if keep_empty else []
            continue
        key = tuple(text(v[0]) for v in values)
        seen[key] = seen.get(key, 0) + 1
        kept += [row] if seen[key] <= keep else []
    return kept


def _is_option(node: Node) -> bool:
    return isinstance(node, Tree) and node.data == "option"


def sort(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Sort.

    Without a count the first 10,000 rows come back, with 0 all of them. Equal rows stay as they
    came in, which the reading decides.
    """
    count, *keys = parse("sort", arguments).children
    rows = _sorted(rows, keys)
    limit = int(str(count)) if count else _SORT_LIMIT
    return rows[:limit] if limit else rows


def _sorted(rows: list[Row], keys: Sequence[Node]) -> list[Row]:
    for key in reversed(keys):
        field, descending, kind = _sort_key(key, alone=len(keys) == 1)
        if any(len(several(row.get(field))) != 1 for row in rows):
            raise Refused(f"sort by {field}, which rows lack or hold several times")
        values = [several(row[field])[0] for row in rows]
        if kind == "num" and any(number(v) is None for v in values):
            raise Refused(f"sort by num({field}) of text")
        places = sorted(
            range(len(rows)),
            key=lambda place: text(values[place]) if kind == "str" else order(values[place]),
            reverse=descending,
        )
        rows = [rows[place] for place in places]
    return rows


def _sort_key(key: Node, *, alone: bool) -> tuple[str, bool, str]:
    assert isinstance(key, Tree)
    sign, *kind, name = key.children
    if isinstance(sign, Token) and isinstance(name, Token) and not alone:
        first = kind[0] if kind else name
        if isinstance(first, Token) and sign.end_pos != first.start_pos:
            raise Refused("sort by several fields with a sign that stands apart")
    function = str(kind[0]).lower() if kind else "auto"
    if function not in ("auto", "num", "str"):
        raise Refused(f"sort by {function}()")
    return name_of(name), sign is not None and str(sign) == "-", function


def head(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Head: 10 by default."""
    count = parse("head", arguments).children[0]
    return rows[: int(str(count)) if count else 10]
