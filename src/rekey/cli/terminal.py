"""Output for terminals: nothing from a log or a file name reaches them unescaped."""

import os
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rekey.report import safe_text

FILE_WIDTH: Final = 160
"""Columns of output that goes to a file or another program, unless ``COLUMNS`` says how many: lines
that can be searched."""

_NARROWEST: Final = 40


def visible(text: str, *, lines: bool = False) -> str:
    """Spell out what no terminal should act on (:func:`rekey.report.safe_text.visible`).

    Tabs and line ends become spaces; ``lines`` lets line ends be.
    """
    said = text.replace("\t", " ").split("\n")
    return ("\n" if lines else " ").join(map(safe_text.visible, said))


def console(*, stderr: bool = False) -> Console:
    """Give a console that takes text literally: no markup, no highlighting."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)
    if not made.is_terminal:
        asked = os.environ.get("COLUMNS", "")
        made.width = max(int(asked), _NARROWEST) if asked.isdecimal() else FILE_WIDTH
    return made


def table(*columns: str) -> Table:
    """Give a plain table with headings; the first column, which names things, stays whole."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for position, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=position == 0)
    return made


def cell(text: object, style: str = "") -> Text:
    """Give a table cell with literal text."""
    return Text(visible(str(text)), style=style)
