"""Log text, made safe to show. User agents, names and paths are chosen by attackers.

Characters that a screen would act on instead of showing (terminal escapes, bidirectional
overrides, zero-width and other invisible ones) are spelled out, not dropped: two names that differ
only in such a character must not look alike in a report.
"""

from typing import Final
from unicodedata import combining

CELL_LIMIT: Final = 400
"""The most characters of one value that a page or a terminal shows outside a raw record."""

_ACCENTS_AT_MOST: Final = 4
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets read as the beginning of a formula; the last four are full-width forms."""


def visible(text: str) -> str:
    r"""Spell out every character that is not printable, as Python's ``repr`` does: ``\x1b``.

    Printable is what :meth:`str.isprintable` says: no controls, no format characters (bidirectional
    and zero-width ones among them), no line separators, no space but the ordinary one, nothing
    unassigned or private, no lone surrogates. Accents piled on one letter, which would paint over
    the lines around, are spelled out from the fifth on. The result is always one line.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    piled = 0
    for char in text:
        piled = piled + 1 if combining(char) else 0
        plain = char.isprintable() and piled <= _ACCENTS_AT_MOST
        shown.append(char if plain else char.encode("unicode_escape").decode("ascii"))
    return "".join(shown)


def shorten(text: str, limit: int) -> str:
    """Cut out the middle of a text that is longer than ``limit``; both ends tell ids apart."""
    if len(text) <= limit:
        return text
    head = limit // 2
    tail = limit - 1 - head
    return f"{text[:head]}…{text[-tail:] if tail else ''}"


def show(text: str, limit: int = CELL_LIMIT) -> str:
    """Give log text as it may stand on a screen: visible, and bounded in length.

    A text that is cut says how much of it is missing.
    """
    if len(text) <= limit:
        return visible(text)
    head, tail = limit * 3 // 4, limit // 8
    left_out = len(text) - head - tail
    return f"{visible(text[:head])} …({left_out:,} characters left out)… {visible(text[-tail:])}"


def csv_cell(text: str) -> str:
    """Keep a spreadsheet from running a cell: an apostrophe before whatever begins a formula."""
    shown = show(text, 32_000)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_STARTS) else shown
