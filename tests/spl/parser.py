"""Parsing of the arguments of a command."""

from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import LarkError

from tests.spl.refusal import Refused

Node = Tree[Token] | Token | None

_GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")


@cache
def _parser(command: str) -> Lark:
    return Lark(_GRAMMAR, parser="lalr", start=command, maybe_placeholders=True)


@cache
def parse(command: str, arguments: str) -> Tree[Token]:
    """Parse the arguments of one command.

    Raises:
        Refused: they do not follow the grammar.
    """
    try:
        tree = _parser(command).parse(arguments)
    except LarkError as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"{command} {arguments[:200]}: {reason}") from error
    return tree


def unquote(text: str) -> str:
    """The content of a quoted string; other text as it is.

    A backslash takes the special meaning from a quote and from a backslash; before any other
    character it stays
    (https://docs.splunk.com/Documentation/Splunk/9.4.0/Search/Aboutthesearchlanguage).
    """
    if text[:1] not in ('"', "'"):
        return str(text)
    quote, inner = text[0], text[1:-1]
    parts, escaped = [], False
    for character in inner:
        if escaped:
            parts.append(character if character in (quote, "\\") else "\\" + character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            parts.append(character)
    return "".join(parts)


def name_of(node: Node) -> str:
    """The field that a name node means."""
    if not isinstance(node, Token):
        raise Refused(f"not a field name: {node}")
    name = unquote(node)
    if "*" in name:
        raise Refused(f"a wildcard in the field name {name!r}")
    return name


def names_of(tree: Tree[Token]) -> list[str]:
    """The fields of a list of names, keywords left out."""
    keywords = {"BY", "SORTBY"}
    return [
        name_of(child)
        for child in tree.children
        if isinstance(child, Token) and child.type not in keywords
    ]
