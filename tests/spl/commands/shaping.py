"""Commands that change the fields of rows: rename, fields, table, fillnull, mvexpand, bin."""

from lark import Tree

from tests.spl.commands.options import options_of
from tests.spl.parser import name_of, names_of, parse, unquote
from tests.spl.refusal import Refused
from tests.spl.search import Search
from tests.spl.spans import seconds_of
from tests.spl.values import Row, number, several, single


def rename(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Rename.

    A field that does not exist, renamed to one that does, takes that one away.
    """
    for tree in parse("rename", arguments).children:
        assert isinstance(tree, Tree)
        old, _, new = tree.children
        before, after = name_of(old), name_of(new)
        for row in rows:
            value = row.pop(before, None)
            row.pop(after, None)
            if value is not None:
                row[after] = value
    return rows


def fields(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Fields.

    Keeping some fields keeps the internal ones, whose names begin with ``_``, too.
    """
    sign, names = parse("fields", arguments).children
    assert isinstance(names, Tree)
    named = set(names_of(names))
    if sign is not None and str(sign) == "-":
        return [{n: v for n, v in row.items() if n not in named} for row in rows]
    return [{n: v for n, v in row.items() if n in named or n in ("_time", "_raw")} for row in rows]


def table(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Table."""
    names = parse("table", arguments).children[0]
    assert isinstance(names, Tree)
    wanted = names_of(names)
    return [{name: row[name] for name in wanted if name in row} for row in rows]


def fillnull(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Fillnull: 0 by default."""
    *value, names = parse("fillnull", arguments).children
    if not isinstance(names, Tree):
        raise Refused("fillnull without fields")
    filler = unquote(str(value[-1])) if value[-1] is not None else "0"
    for row in rows:
        for name in names_of(names):
            row.setdefault(name, filler)
    return rows


def mvexpand(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Mvexpand.

    One row for each value; a row without the field stays as it is.
    """
    field = name_of(parse("mvexpand", arguments).children[0])
    expanded = []
    for row in rows:
        values = several(row.get(field))
        expanded += [{**row, field: value} for value in values] if values else [row]
    return expanded


def bin_(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Bin.

    Spans of time begin at multiples of the span since 1970, for spans up to a day.
    """
    tree = parse("bin", arguments)
    plain = [child for child in tree.children if not isinstance(child, Tree)]
    name, *renamed = [child for child in plain if child is not None and child.type != "AS"]
    options = options_of("bin", arguments, "span")
    if "span" not in options:
        raise Refused("bin without span")
    span = float(options["span"]) if options["span"].isdigit() else seconds_of(options["span"])
    if span > 86_400 and not options["span"].isdigit():
        raise Refused("bin over more than a day")
    field, output = name_of(name), name_of(renamed[0] if renamed else name)
    for row in rows:
        value = single(row.get(field), "bin")
        as_number = None if value is None else number(value)
        if as_number is not None:
            row[output] = as_number // span * span
    return rows
