"""What can be said of a search without an event: two checks that the grammar does not make.

The grammar takes a forgotten ``=`` as free text, and does not look into regular expressions.
"""

from collections.abc import Iterator

from lark import Token, Tree

from tests.spl.expressions import compile_expression
from tests.spl.functions.regexes import compile_regex, like_pattern
from tests.spl.parser import parse, unquote
from tests.spl.pipeline import Stage, stages, subsearches
from tests.spl.refusal import Refused
from tests.spl.terms import predicate

_PATTERN_ARGUMENT = {"match": 1, "mvfind": 1, "replace": 1, "like": 1}


def faults(search: str) -> list[str]:
    """Check a search whose macros are written out.

    Returns:
        Free text among its terms, patterns that do not compile, and anything else that the
        evaluator would refuse before it sees an event.
    """
    found = []
    for stage in stages(search):
        try:
            found += list(_stage_faults(stage))
        except Refused as refusal:
            found.append(str(refusal))
    return found


def _stage_faults(stage: Stage) -> Iterator[str]:
    if stage.command in ("append", "multisearch", "union"):
        for inner in subsearches(stage.arguments):
            yield from faults(inner)
    elif stage.command == "search":
        if stage.arguments.strip() != "*":
            predicate(parse("search", stage.arguments).children[0])
    elif stage.command in ("eval", "where"):
        tree = parse(stage.command, stage.arguments)
        for expression in _expressions(tree):
            compile_expression(expression)
        yield from _pattern_faults(tree)
    elif stage.command == "rex":
        parse("rex", stage.arguments)
    elif stage.command == "eventstats":
        parse("stats", stage.arguments)
    elif stage.command == "bucket":
        parse("bin", stage.arguments)
    else:
        parse(stage.command, stage.arguments)


def _expressions(tree: Tree[Token]) -> list[Tree[Token] | Token]:
    if tree.data == "where":
        return tree.children[:1]
    return [child.children[1] for child in tree.children if isinstance(child, Tree)]


def _pattern_faults(tree: Tree[Token]) -> Iterator[str]:
    for call in tree.find_data("call"):
        name, *arguments = call.children
        position = _PATTERN_ARGUMENT.get(str(name).lower())
        if position is None or position >= len(arguments):
            continue
        argument = arguments[position]
        literal = _literal(argument) if isinstance(argument, Tree) else None
        if literal is None:
            yield f"the pattern of {name}() is no literal"
            continue
        try:
            (like_pattern if str(name).lower() == "like" else compile_regex)(literal)
        except Refused as refusal:
            yield str(refusal)


def _literal(node: Tree[Token]) -> str | None:
    while len(node.children) == 1 and isinstance(node.children[0], Tree):
        node = node.children[0]
    return unquote(str(node.children[0])) if node.data == "string" else None
