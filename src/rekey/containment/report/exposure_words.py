"""What stays exposed, in words for screens."""

from collections.abc import Sequence

from rich.text import Text

from rekey.containment.exposure import Exposure
from rekey.report.terminal_style import joined, text
from rekey.report.words import plural, when


def exposed_lines(exposed: Sequence[Exposure]) -> list[Text]:
    """Say what stays usable: what needs somebody first, then what only time ends."""
    left = [one for one in exposed if one.kind == "left out"]
    said = [
        joined([Text("mint open:", style="bold yellow"), text(one.what, "bold"), text(one.why)])
        for one in exposed if one.kind == "mint open"
    ]  # fmt: skip
    if left:
        what = f"left out, and perhaps usable: {plural(len(left), 'thing')}, see the plan"
        said.insert(0, Text(what, style="bold yellow"))
    timed = [one for one in exposed if one.kind == "residual"]
    timed.sort(key=lambda one: (not one.endless, one.until is not None, str(one.until)))
    said += [text(f"{one.why}, {until(one)}") for one in timed]
    return said or [Text("nothing, once every step is proven")]


def until(one: Exposure) -> str:
    """Say when an exposure ends."""
    if one.endless:
        return "without end"
    return f"until {when(one.until)} UTC" if one.until else "until it expires; nobody knows when"
