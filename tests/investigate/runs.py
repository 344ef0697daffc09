"""Investigations of the shipped scenarios and of small logs, by the product's own way."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from rekey.case import Investigation
from rekey.cli.run_options import RunOptions, opened
from rekey.enrichers.owners import load_owners
from rekey.investigate import investigate
from tests.scenarios.shipped import SCENARIOS

INCIDENT = SCENARIOS / "ci_token_theft"
QUIET = SCENARIOS / "quiet"
NOW = datetime(2026, 11, 24, tzinfo=UTC)

OWNERS = tuple(INCIDENT / name for name in ("owners.csv", "catalog-info.yaml", "CODEOWNERS"))


def learn(state: Path) -> Path:
    """Learn the month before the scenarios into a state file."""
    options = RunOptions((str(INCIDENT / "history"),), site_file=INCIDENT / "site.yml", state=state)
    with opened(options) as run:
        run.evaluate()
    return state


def investigated(
    *paths: Path, site: Path | None = None, state: Path | None = None, owners: Sequence[Path] = ()
) -> Investigation:
    """Investigate logs; the state file is read and left as it is."""
    with tempfile.TemporaryDirectory() as folder:
        if state is not None:
            state = Path(shutil.copy(state, folder))
        names = tuple(str(path) for path in paths)
        options = RunOptions(names, site_file=site, state=state, lineage=True)
        with opened(options) as run:
            return investigate(run, load_owners(owners, run.site), NOW)


def written(folder: Path, logs: Mapping[str, Iterable[dict[str, Any]]]) -> Path:
    """Write logs, one NDJSON file a name, into a new folder."""
    folder.mkdir(parents=True)
    for name, records in logs.items():
        (folder / f"{name}.ndjson").write_bytes(b"\n".join(map(orjson.dumps, records)) + b"\n")
    return folder


def seen(found: Investigation) -> set[tuple[str, str]]:
    """Source and id of all events on the timelines of an investigation's cases."""
    steps = (step for case in found.cases for step in case.timeline)
    return {(step.source, event) for step in steps for event in step.event_ids}
