"""``make noise``: how loud the rules are on four weeks of everyday traffic. About half a minute.

``python -m benchmarks.noise --format json`` prints the figures instead. docs/noise.md explains both.
"""

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rekey.alert import LEVELS
from rekey.report.terminal_style import level
from tests.everyday.budgets import over_budget
from tests.everyday.exceptions import EXCEPTED
from tests.everyday.measure import Measured, measure
from tests.everyday.world import DAYS, MONTHS

WIDTH = 132
"""Names of rules and components are long, and are to be copied whole."""


def main() -> None:
    """Live through the weeks, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    form = parser.parse_args().format
    with tempfile.TemporaryDirectory(prefix="rekey-noise-") as folder:
        measured = measure(Path(folder))
    if form == "json":
        print(json.dumps(figures(measured), indent=2))
        return
    out = Console(width=WIDTH)
    out.print(table(measured))
    out.print(*totals(measured), sep="\n")


def figures(measured: Measured) -> dict[str, object]:
    """Give everything for programs; ``rate`` is in alerts per identity-month."""
    rows = [
        asdict(row) | {"rate": measured.rate(row), "budget": measured.budgets[row.rule]}
        for row in measured.rows
    ]
    return {
        "days": DAYS,
        "events": measured.events,
        "identities": measured.identities,
        "rows": rows,
        "alerts": {name: measured.alerts(name) for name in LEVELS},
        "cases_of_the_last_week": measured.cases,
        "over_budget": list(over_budget(measured, ())),
    }


def table(measured: Measured) -> Table:
    """Show rule by rule and component by component, the loudest first."""
    shown = Table("level", "rule", "component", box=None, pad_edge=False)
    for name in ("alerts", "habits", "rate", "budget"):
        shown.add_column(name, justify="right")
    for row in measured.rows:
        excepted = "*" if (row.rule, row.component) in EXCEPTED else ""
        shown.add_row(
            level(row.level), row.rule, f"{row.component}{excepted}", f"{row.alerts:,}",
            f"{row.habits:,}", f"{measured.rate(row):.3f}", f"{measured.budgets[row.rule]:g}",
        )  # fmt: skip
    return shown


def totals(measured: Measured) -> tuple[str, ...]:
    """Sum up in words."""
    months = MONTHS * sum(measured.identities.values())
    by_level = ", ".join(
        f"{count} {name} ({count / months:.3f} per identity-month)"
        for name in reversed(LEVELS)
        if (count := measured.alerts(name))
    )
    sources = ", ".join(
        f"{source} {measured.events[source]:,} by {count}"
        for source, count in measured.identities.items()
    )
    loud = len(list(over_budget(measured, ())))
    over = f"Rules over their budgets: {loud} of {len(measured.budgets)}"
    return (
        "",
        f"Events and identities in {DAYS} days: {sources}.",
        f"Alerts: {by_level}; {sum(row.habits for row in measured.rows):,} more in habits.",
        f"Cases in the last week, three weeks learned: {len(measured.cases)}.",
        f"{over} (* is excepted, with a reason, in tests/everyday/exceptions.py).",
        "rate: alerts per month and identity of the rule's sources, as the budget counts.",
    )


if __name__ == "__main__":
    main()
