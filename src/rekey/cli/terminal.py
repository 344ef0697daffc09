"""Output for terminals: nothing from a log or a file name reaches them unescaped."""

import os
import re
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

FILE_WIDTH: Final = 160
"""Columns of output that goes to a file or another program, unless ``COLUMNS`` says how many: lines
that can be searched."""

_NARROWEST: Final = 40

_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str, *, lines: bool = False) -> str:
    """Replace what no terminal should see: control and direction characters, odd bytes of names.

    Line ends are replaced too, unless ``lines`` allows them.
    """
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if lines else re.sub(r"[\t\n]", " ", text)


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
