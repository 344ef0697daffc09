"""Cutting a search into its commands.

Pipes, brackets and parentheses inside double quotes are text; a backslash keeps the quote after
it from ending the string
(https://docs.splunk.com/Documentation/Splunk/9.4.0/Search/Aboutthesearchlanguage).
"""

import re
from dataclasses import dataclass
from functools import cache

from tests.spl.refusal import Refused

_PAIRS = {")": "(", "]": "["}


@dataclass(frozen=True)
class Stage:
    """One command and the text of its arguments."""

    command: str
    arguments: str


_ROW_BY_ROW = frozenset({"search", "eval", "where", "rex"})
_OF_THE_RUN = re.compile(r"\b(now|time|random)\(|\[\s*search\b|_indextime")


@cache
def leading(search: str) -> int:
    """Count the commands at the begin that look at one row alone, whatever the run.

    They ask neither for the time nor for when the event was indexed, and hold no subsearch.
    """
    found = stages(search)
    if not found or found[0].command != "search":
        return 0
    for number, stage in enumerate(found):
        if stage.command not in _ROW_BY_ROW or _OF_THE_RUN.search(stage.arguments):
            return number
    return len(found)


@cache
def stages(search: str) -> tuple[Stage, ...]:
    """Cut a search at its top-level pipes. The first command is ``search`` unless it says so.

    Raises:
        Refused: quotes or brackets are not balanced, or a command is missing.
    """
    first, *rest = _segments(search)
    found = []
    if first:
        word, arguments = _command(first)
        implied = word != "search"
        found.append(Stage("search", first if implied else arguments))
    elif not rest:
        raise Refused("the search is empty")
    for segment in rest:
        word, arguments = _command(segment)
        found.append(Stage(word, arguments))
    return tuple(found)


def _command(segment: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z]+)\b\s*(.*)", segment, re.DOTALL)
    if match:
        return match[1].lower(), match[2]
    return "", segment


def _segments(search: str) -> list[str]:
    found, start = [], 0
    for position, depth in _plain(search):
        if search[position] == "|" and depth == 0:
            found.append(search[start:position].strip())
            start = position + 1
    found.append(search[start:].strip())
    if any(not segment for segment in found[1:]):
        raise Refused("a command is missing between two pipes")
    return found


def subsearches(text: str) -> list[str]:
    """The contents of the top-level brackets; nothing else may stand between them."""
    found, start = [], 0
    for position, depth in _plain(text):
        character = text[position]
        if character == "[" and depth == 1:
            start = position + 1
        elif character == "]" and depth == 0:
            found.append(text[start:position].strip())
        elif depth == 0 and not character.isspace():
            raise Refused(f"{text[position:]!r} stands outside the brackets")
    return found


def _plain(text: str) -> list[tuple[int, int]]:
    """Positions outside quotes, each with the number of brackets that are open after it."""
    found: list[tuple[int, int]] = []
    open_: list[str] = []
    quoted = escaped = False
    for position, character in enumerate(text):
        if quoted:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
            continue
        if character == '"':
            quoted = True
        elif character in "([":
            open_.append(character)
        elif character in ")]" and (not open_ or open_.pop() != _PAIRS[character]):
            raise Refused(f"a bracket that was not opened: {text[position:][:40]!r}")
        found.append((position, len(open_)))
    if quoted or open_:
        raise Refused(f"not closed: {'a quote' if quoted else open_[-1]}")
    return found
