"""One measurement in a process of its own, so that peak memory is its own; prints JSON."""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path


def floor(path: str) -> dict[str, float]:
    """Parse every line with orjson on one thread: what any tool must at least do."""
    import orjson

    started = time.perf_counter()
    events = 0
    with Path(path).open("rb") as file:
        for line in file:
            orjson.loads(line)
            events += 1
    return {"events": events, "seconds": time.perf_counter() - started}


def replay(path: str) -> dict[str, float]:
    """Run all shipped rules over a file, from reading it to finished alerts.

    Rules are loaded before the clock starts, as a service would; ``load`` tells how long that took.
    """
    from rekey.loading import load
    from rekey.pack import shipped_pack
    from rekey.replay import Replay

    started = time.perf_counter()
    loaded = load([shipped_pack()], None)
    load_seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with Replay(loaded.rules, loaded.site, Path(folder)) as run:
            run.read([path])
            outcome = run.evaluate()
        seconds = time.perf_counter() - started
    return {
        "events": sum(source.events for source in outcome.sources),
        "seconds": seconds,
        "load": load_seconds,
        "alerts": len(outcome.alerts),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    what, subject = sys.argv[1:3]
    print(json.dumps({"floor": floor, "replay": replay}[what](subject)))
