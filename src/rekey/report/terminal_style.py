"""How log text and levels look in a terminal.

Everything becomes a :class:`rich.text.Text`, never a ``str``: rich would read markup such as
``[link=…]`` and ``:emoji:`` out of a plain string, and log text must not speak markup.
"""

from collections.abc import Iterable
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rekey.alert import Level
from rekey.report.safe_text import shorten, show, visible

LEVEL_STYLES: Final[dict[Level, str]] = {
    "critical": "bold red",
    "high": "bold yellow",
    "medium": "yellow",
    "low": "cyan",
    "informational": "dim",
}
_MARKS: Final[dict[Level, str]] = {
    "critical": "■",
    "high": "▲",
    "medium": "◆",
    "low": "◇",
    "informational": "·",
}


def text(value: str, style: str = "", limit: int = 240) -> Text:
    """Make log text printable: visible, bounded, without markup; it may break anywhere."""
    return Text(show(value, limit), style=style, overflow="fold", no_wrap=False)


def level(name: Level, *, word: bool = True) -> Text:
    """Mark a level by shape, word and colour."""
    return Text(f"{_MARKS[name]} {name}" if word else _MARKS[name], style=LEVEL_STYLES[name])


def short(value: str, limit: int, style: str = "") -> Text:
    """Shorten an id in the middle; it may break anywhere."""
    return Text(shorten(visible(value), limit), style=style, overflow="fold", no_wrap=False)


def joined(parts: Iterable[Text | str], separator: str = " ") -> Text:
    """Join texts; a ``str`` here is our own wording."""
    texts = [part if isinstance(part, Text) else Text(part) for part in parts]
    whole = Text(separator).join(texts)
    whole.overflow = "fold"
    return whole


def lines(parts: Iterable[Text]) -> Text:
    """Put texts under each other."""
    return joined(parts, "\n")


def entry(head: Text, *details: Text) -> RenderableType:
    """Put details under a head, indented, so that entries of a list stay apart when they wrap."""
    return Group(head, *(Padding(detail, (0, 0, 0, 2)) for detail in details))


def labelled(width: int = 11) -> Table:
    """Begin a list of labelled entries: a narrow column of labels, the rest for the text."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=width, style="dim", overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    return table
