"""A plan for people and for programs."""

import difflib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from rekey.cli.terminal import cell, console, visible
from rekey.deploy.plan import Status

if TYPE_CHECKING:
    from rekey.deploy.plan import Change, Difference, Plan

_QUIET: Final = frozenset({Status.UNCHANGED})
_LINES: Final = 12
"""Lines of one field's difference; the plan's file holds all."""
_WIDTH: Final = 150
_SIGNS: Final = {"+": "green", "-": "red"}


def show(plan: "Plan", form: str, out: Path | None = None) -> None:
    """Print a plan."""
    if form == "json":
        document = {"digest": plan.digest, "plan": plan.model_dump(mode="json")}
        click.echo(json.dumps(document, indent=2, sort_keys=True))
        return
    screen = console()
    order = list(Status)
    for change in sorted(plan.changes, key=lambda each: (order.index(each.status), each.name)):
        if change.status not in _QUIET:
            for line in _lines(change):
                screen.print(line)
    counts = Counter(change.status.value for change in plan.changes)
    summary = ", ".join(
        f"{counts[each.value]} {each.value}" for each in Status if counts[each.value]
    )
    screen.print(f"{visible(plan.place)}: {summary or 'nothing'}")
    if out is not None:
        screen.print(f"wrote {visible(str(out))}, digest {plan.digest}")


def _lines(change: "Change") -> Iterator[Text]:
    note = f" ({change.note})" if change.note else ""
    yield cell(f"{change.status}: {change.name}{note}", "bold" if change.acts else "")
    for difference in change.differences:
        yield from _difference(difference)


def _difference(one: "Difference") -> Iterator[Text]:
    if _is_short(one.old) and _is_short(one.new):
        yield cell(f"    {one.field}: {_written(one.old)} → {_written(one.new)}")
        return
    yield cell(f"    {one.field}:")
    found = difflib.unified_diff(_split(one.old), _split(one.new), lineterm="", n=0)
    changed = [line for line in found if line[:1] in _SIGNS and line[:3] not in ("+++", "---")]
    for line in changed[:_LINES]:
        short = line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"
        yield cell(f"      {short}", _SIGNS[line[0]])
    if len(changed) > _LINES:
        yield cell(f"      … {len(changed) - _LINES} more lines")


def _is_short(value: Any) -> bool:
    return not isinstance(value, dict | list) and "\n" not in str(value) and len(str(value)) <= 100


def _written(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _split(value: Any) -> list[str]:
    if value is None:
        return []
    text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
    return str(text).splitlines()
