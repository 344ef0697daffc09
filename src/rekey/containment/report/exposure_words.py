"""What stays exposed, in words for screens."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from rekey.containment.exposure import Exposure
from rekey.report.terminal_style import joined, short, text
from rekey.report.words import plural, when

_ID: Final = 32
"""Characters of an id; targets are written out above."""


AS_PLANNED: Final = "as the plan had it: what people have mended besides is not read again"


def exposed_lines(exposed: Sequence[Exposure]) -> list[Text]:
    """Say what stays usable: what needs somebody first, then what only time ends."""
    left = [one for one in exposed if one.kind == "left out"]
    said = [
        joined([Text("mint open:", style="bold yellow"), joined(what, ", "), text(why)])
        for why, what in _open_mints(exposed).items()
    ]
    if left:
        what = f"left out, and perhaps usable: {plural(len(left), 'thing')}, see the plan"
        said.insert(0, Text(what, style="bold yellow"))
    timed = [one for one in exposed if one.kind == "residual"]
    timed.sort(key=lambda one: (not one.endless, one.until is not None, str(one.until)))
    said += [text(f"{one.why}, {until(one)}") for one in timed]
    return said or [Text("nothing, once every step is proven")]


def _open_mints(exposed: Sequence[Exposure]) -> dict[str, list[Text]]:
    """Put together what can be opened anew in one way: a chain of sessions begins at one door."""
    found: dict[str, list[Text]] = {}
    for one in exposed:
        if one.kind == "mint open":
            found.setdefault(one.why, []).append(short(one.what, _ID, "bold"))
    return found


def until(one: Exposure) -> str:
    """Say when an exposure ends."""
    if one.endless:
        return "without end"
    return f"until {when(one.until)} UTC" if one.until else "until it expires; nobody knows when"
