"""``make bench``: how fast, how much memory, how it grows. About three minutes and 6 GB of disk.

Timings on shared machines drift, so every figure is a ratio to a pass of ``orjson.loads`` over the
same file, taken right before and right after.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
DATA = HERE / "data"
SIZES = (100_000, 1_000_000, 3_000_000)
ROUNDS = 3


def main() -> None:
    """Measure everything and print a table; ``--json`` prints the figures instead."""
    sizes = [int(arg) for arg in sys.argv[1:] if arg.isdigit()] or list(SIZES)
    rows, rest = [measure(size) for size in sizes], suite()
    if "--json" in sys.argv:
        print(json.dumps({"sizes": rows, **rest}, indent=2))
        return
    table = Table("events", "events/s", "× orjson", "peak MB", "alerts", "µs per event")
    for row in rows:
        table.add_row(
            f"{row['events']:,.0f}", f"{row['events'] / row['seconds']:,.0f}",
            f"{row['ratio']:.2f}", f"{row['peak_mb']:,.0f}", f"{row['alerts']:,.0f}",
            f"{1e6 * row['seconds'] / row['events']:.2f}",
        )  # fmt: skip
    out = Console()
    out.print(table)
    out.print(f"rekey rules test, everything: {rest['rules_test']:.1f} s")
    out.print(f"import rekey: {rest['import_ms']:.0f} ms above an empty Python")


def measure(size: int) -> dict[str, float]:
    """Measure one size: the median of some rounds, each between two passes of the floor."""
    path = DATA / f"cloudtrail_{size}.ndjson"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.cloudtrail", str(size), str(path)]
        subprocess.run(command, check=True, cwd=HERE.parent)
    rounds = []
    for _ in range(ROUNDS):
        before, result, after = run("floor", path), run("replay", path), run("floor", path)
        passes = (before["seconds"] + after["seconds"]) / 2
        rounds.append(result | {"ratio": passes / result["seconds"]})
    middle = statistics.median_low([row["ratio"] for row in rounds])
    return next(row for row in rounds if row["ratio"] == middle)


def run(what: str, path: Path) -> dict[str, float]:
    """Run one measurement in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.measure", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def suite() -> dict[str, float]:
    """Time the rule suite and the import."""
    return {
        "rules_test": timed("-m", "rekey", "rules", "test"),
        "import_ms": 1000 * (best("-c", "import rekey") - best("-c", "pass")),
    }


def best(*arguments: str) -> float:
    """Give the best of several runs: start-up times only ever err upwards."""
    return min(timed(*arguments) for _ in range(10))


def timed(*arguments: str) -> float:
    """Time one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
