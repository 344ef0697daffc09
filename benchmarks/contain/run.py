"""``make bench-contain``: what containment costs. About six minutes, most of it waiting.

The servers are those of the tests (docs/engines.md); one that is not here is named and left out. The
propagation bounds are the real ones. Timings on shared machines drift: read the ratios.
"""

import json
import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.contain.incidents import INCIDENTS
from benchmarks.contain.journal import journals
from benchmarks.contain.plans import plans
from benchmarks.contain.runs import Taken, taken
from benchmarks.contain.servers import measured, servers
from tests.fakes.people import People

DATA = Path(__file__).parents[1] / "data"
SIZES = (10, 10_000)


def main() -> None:
    """Measure everything and print tables; ``--json`` prints the figures instead."""
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as name, servers() as config:
        folder = Path(name)
        people = People(folder / "people", "ada", "bob", "cem")
        appends = journals(folder)
        planned = measured(lambda: plans(config, people, folder / "plans", SIZES))
        made = {
            what: measured(partial(taken, partial(make, config, people, folder / f"run-{number}")))
            for number, (what, make) in enumerate(INCIDENTS.items())
        }
    if "--json" in sys.argv:
        runs = {k: asdict(one) if isinstance(one, Taken) else one for k, one in made.items()}
        print(json.dumps({"appends": appends, "plans": planned, "runs": runs}, indent=2))
        return
    out = Console(width=140)
    out.print(_appends(appends), "", _plans(planned), "", _runs(made))


def _appends(found: dict[str, float]) -> Table:
    floor = found["SQLite, one row a transaction"]
    table = Table("appended, each on the disk", "a second", "× SQLite alone")
    for what, rate in found.items():
        table.add_row(what, f"{rate:,.0f}", f"{rate / floor:.2f}")
    return table


def _plans(found: list[dict[str, float]] | str) -> Table | str:
    if isinstance(found, str):
        return f"plans: {found}"
    table = Table("events of the identity", "case", "read the case", "plan", "of it in requests", "requests")  # fmt: skip
    for one in found:
        table.add_row(
            f"{one['events']:,}", f"{one['megabytes']:.1f} MB", f"{one['read']:.2f} s",
            f"{one['plan']:.2f} s", f"{one['answered']:.2f} s", f"{one['requests']:,}",
        )  # fmt: skip
    return table


def _runs(found: dict[str, Taken | str]) -> Table:
    table = Table(
        "contained and verified", "steps", "plan", "run", "waited for propagation", "in requests",
        "own", "requests", "bare", "(requests + own) / bare",
    )  # fmt: skip
    for what, one in found.items():
        if isinstance(one, str):
            table.add_row(what, one)
            continue
        done = what if one.outcome == "contained and verified" else f"{what}: {one.outcome}"
        seconds = (one.plan, one.total, one.waited, one.answered, one.own)
        table.add_row(
            done, str(one.steps), *(f"{each:.2f} s" for each in seconds), str(one.requests),
            f"{one.bare:.2f} s", f"{(one.answered + one.own) / one.bare:.1f}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    main()
