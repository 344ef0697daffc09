"""What each engine said about each fixture of each rule: kept in ``tests/data/verdicts``.

A run that has the engine compares its verdicts with the kept ones, so that they cannot grow stale;
``REKEY_WRITE_VERDICTS=1`` writes them anew. ``docs/engine-matrix.md`` is made of them.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

FOLDER: Final = Path(__file__).parents[1] / "data" / "verdicts"

WRITE: Final = "REKEY_WRITE_VERDICTS"

Said = Literal["fires", "quiet", "by phase"]
"""``by phase``: whether it fires depends on when the schedule began."""


@dataclass(frozen=True)
class Verdict:
    """One fixture.

    Attributes:
        embedded: what the embedded engine says.
        here: what this engine says.
        because: declared differences that account for another verdict here.
    """

    embedded: Said
    here: Said
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One rule.

    Attributes:
        form: what it was compiled to; ``None`` if it was not.
        unsupported: why it was not.
        differences: kinds of difference that the compiler declares for it.
        fixtures: file name → verdict.
    """

    form: str | None
    unsupported: str | None = None
    differences: tuple[str, ...] = ()
    fixtures: Mapping[str, Verdict] = field(default_factory=dict)


def kept(engine: str) -> dict[str, Row]:
    """Read the kept verdicts of an engine, by rule."""
    file = FOLDER / f"{engine}.json"
    if not file.exists():
        return {}
    return {rule: _row(data) for rule, data in json.loads(file.read_bytes()).items()}


def writes() -> bool:
    """Say whether verdicts are to be written anew."""
    return os.environ.get(WRITE) == "1"


def keep(engine: str, rule: str, row: Row) -> None:
    """Compare a rule's verdicts with the kept ones, or keep them, if that is asked for."""
    if writes():
        _write(engine, rule, row)
    assert kept(engine).get(rule) == row, (
        f"the kept verdicts of {rule} are stale; look at what changed, then keep them with "
        f"{WRITE}=1 and write docs/engine-matrix.md with: python -m tests.engines.matrix"
    )


def engines() -> list[str]:
    """Engines of which verdicts are kept."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def forget(engine: str, rules: set[str]) -> None:
    """Drop what is kept of rules that are no more, if writing is asked for."""
    if writes():
        _change(engine, lambda all_: {rule: all_[rule] for rule in all_ if rule in rules})


def _write(engine: str, rule: str, row: Row) -> None:
    _change(engine, lambda all_: all_ | {rule: row})


def _change(engine: str, change: Any) -> None:
    FOLDER.mkdir(exist_ok=True)
    # Workers of one run write the same file; the lock stays, so that all of them mean the same one.
    with (Path(tempfile.gettempdir()) / f"rekey-verdicts-{engine}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = {rule: asdict(row) for rule, row in sorted(change(kept(engine)).items())}
        text = json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True)
        (FOLDER / f"{engine}.json").write_text(f"{text}\n")


def _row(data: Mapping[str, Any]) -> Row:
    fixtures = {
        name: Verdict(v["embedded"], v["here"], tuple(v["because"]))
        for name, v in data["fixtures"].items()
    }
    return Row(data["form"], data["unsupported"], tuple(data["differences"]), fixtures)
