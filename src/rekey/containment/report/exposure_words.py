"""What stays exposed, and what a plan leaves out, in words for screens."""

from collections.abc import Iterable, Sequence

from rich.text import Text

from rekey.containment.exposure import Exposure
from rekey.containment.plan import LeftOut
from rekey.report.terminal_style import joined, text
from rekey.report.words import plural, when

_NAMED = 3
"""Credentials that a line names where they share their reason."""


def exposed_lines(exposed: Sequence[Exposure]) -> list[Text]:
    """Say what stays usable: what needs somebody first, then what only time ends."""
    left = [one for one in exposed if one.kind == "left out"]
    said = [
        joined([Text("mint open:", style="bold yellow"), text(one.what, "bold"), text(one.why)])
        for one in exposed if one.kind == "mint open"
    ]  # fmt: skip
    if left:
        what = f"{plural(len(left), 'thing')} left out below may be usable, and nobody ends it"
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


def left_out_lines(left: Iterable[LeftOut]) -> list[Text]:
    """Say what is left out and why; what is of no consequence in one line for each reason."""
    alike: dict[str, list[str]] = {}
    said = []
    for one in left:
        if one.exposure == "none" and one.playbook is None:
            alike.setdefault(one.why, []).append(one.what)
        else:
            said.append(_line(one))
    said.sort(key=lambda line: "bold yellow" not in str(line.spans))
    for why, names in alike.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        said.append(joined([text(", ".join(names[:_NAMED]) + more, "dim"), text(why, "dim")]))
    return said


def _line(one: LeftOut) -> Text:
    by_hand = f"by hand: playbook {one.playbook}" if one.playbook else ""
    style = "bold yellow" if one.exposure == "open" else "bold"
    parts = [text(one.what, style), text(one.why), text(by_hand, "dim")]
    return joined(part for part in parts if part.plain)
