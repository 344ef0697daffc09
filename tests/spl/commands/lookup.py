"""Commands that read and write lookup tables: lookup, inputlookup, outputlookup."""

from functools import cache

from lark import Token, Tree

from tests.spl.commands.evaluating import assign
from tests.spl.commands.options import flag, options_of
from tests.spl.lookups import Table
from tests.spl.parser import Node, name_of, parse
from tests.spl.refusal import Refused
from tests.spl.search import Search
from tests.spl.terms import predicate
from tests.spl.values import Row, from_several, several


def lookup(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Lookup.

    OUTPUT overwrites fields, OUTPUTNEW leaves those that exist. Several matches give several
    values. A row that lacks a key field matches nothing.
    """
    tree = parse("lookup", arguments)
    options_of("lookup", arguments, "local")
    tokens = [child for child in tree.children if isinstance(child, Token)]
    table = search.lookups.table(name_of(tokens[0]))
    search.tables_read.add(table.name)
    keys, outputs, new = _pairs(arguments)
    if not outputs:
        raise Refused("lookup without OUTPUT")
    if unknown := {column for column, _ in keys + outputs} - {*table.fields, "_key"}:
        raise Refused(f"the lookup {table.name} has no columns {sorted(unknown)}")
    for row in rows:
        matches = _matches(table, keys, row)
        for column, field in outputs:
            if new and field in row:
                continue
            found = [v for match in matches for v in several(match.get(column))]
            if not found and field in row:
                raise Refused(f"OUTPUT over the field {field} without a match")
            assign(row, field, from_several(found))
    return rows


@cache
def _pairs(arguments: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]], bool]:
    keys: list[tuple[str, str]] = []
    outputs: list[tuple[str, str]] = []
    current, new = keys, False
    for child in parse("lookup", arguments).children:
        if isinstance(child, Token) and child.type == "OUTPUT":
            current, new = outputs, child.upper() == "OUTPUTNEW"
        elif isinstance(child, Tree) and child.data == "lookup_key":
            column, _, field = child.children
            current.append((name_of(column), name_of(field or column)))
    return keys, outputs, new


def _matches(table: Table, keys: list[tuple[str, str]], row: Row) -> list[Row]:
    tests = []
    for column, field in keys:
        values = several(row.get(field))
        if len(values) > 1:
            raise Refused("lookup by a multivalue field")
        if not values:
            return []
        tests.append(table.test(column, values[0]))
    return [r for r in table.rows if all(test(r) for test in tests)][: table.max_matches]


def inputlookup(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Inputlookup."""
    tree = parse("inputlookup", arguments)
    append = flag(options_of("inputlookup", arguments, "append"), "append", default=False)
    if rows and not append:
        raise Refused("inputlookup after other commands without append=true")
    name, where, terms = _plain(tree)
    table = search.lookups.table(name_of(name))
    search.tables_read.add(table.name)
    found = [dict(row) for row in table.rows]
    if where is not None:
        matches = predicate(terms)
        found = [row for row in found if matches(row)]
    return rows + found


def _plain(tree: Tree[Token]) -> list[Node]:
    return [c for c in tree.children if not (isinstance(c, Tree) and c.data == "option")]


def outputlookup(arguments: str, rows: list[Row], search: Search) -> list[Row]:
    """https://help.splunk.com/en/splunk-enterprise/spl-search-reference/10.0/search-commands/outputlookup.

    Replaces the table, or with ``append=true`` adds to it; in a collection a row replaces the one
    with the same key, which it keeps. "When key_field is used in an outputlookup search, by default,
    append is set to true"; with ``append=false`` beside it the collection is emptied "before the main
    search", which so cannot read it. By default an empty result empties the table.
    """
    tree = parse("outputlookup", arguments)
    options = options_of("outputlookup", arguments, "append", "key_field", "override_if_empty")
    (name,) = _plain(tree)
    table = search.lookups.table(name_of(name))
    if not rows and not flag(options, "override_if_empty", default=True):
        return rows
    key = options.get("key_field")
    if not flag(options, "append", default=key is not None):
        if key is not None and table.name in search.tables_read:
            raise Refused(f"a search reads {table.name}, which is emptied before it runs")
        table.rows.clear()
    for row in rows:
        keyed = {**row, "_key": row[key]} if key and key in row else row
        table.put(dict(keyed))
    return rows
