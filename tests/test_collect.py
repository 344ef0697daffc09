"""Records are read in full by their number, and their keys prove that they are the same."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from rekey import collect, surveyed
from rekey.cli.run_options import RunOptions, opened
from rekey.collect import Changed
from rekey.converters.duckdb.plan import Plans
from rekey.errors import ExitCode
from rekey.lines import Lines
from rekey.replay import Replay
from rekey.site import Site
from rekey.sources.interface import Segment
from rekey.store import Store
from tests.made_rules import AWS, made, single
from tests.robustness.firing import KINDS, firing
from tests.sources.samples import cloudtrail, ndjson

pytestmark = pytest.mark.usefixtures("small_files_are_scanned")

SOURCE = "github_audit"
RULE = KINDS[SOURCE].rule


def records(numbers: range) -> list[bytes]:
    return [orjson.dumps(firing(SOURCE, n)) for n in numbers]


@pytest.fixture(params=["counted", "indexed"])
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of a thousand records, in which lines are found in either way."""
    if request.param == "indexed":
        monkeypatch.setattr(surveyed, "WORTH_AN_INDEX", 0)
    file = tmp_path / "log.ndjson"
    file.write_bytes(b"\n".join(records(range(1000))) + b"\n")
    return file


@pytest.fixture
def run(log: Path) -> Iterator[Replay]:
    with opened(RunOptions((str(log),), rules=(RULE,))) as run:
        yield run


def surveyed_then(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Change the file between the survey and the reading in full."""
    real = surveyed.Surveyed.drop

    def drop(self: surveyed.Surveyed, until: object) -> None:
        change()
        real(self, None)

    monkeypatch.setattr(surveyed.Surveyed, "drop", drop)


def test_all_are_found(run: Replay) -> None:
    assert len(run.evaluate().alerts) == 1000


def test_all_are_found_where_they_take_many_pipes(
    run: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "_PIPED", 5_000)
    assert len(run.evaluate().alerts) == 1000


def test_more_is_read_in_full_than_memory_holds(tmp_path: Path) -> None:
    """DuckDB keeps all that comes through a pipe until a statement ends."""
    rule = made(single("x", {"eventName": "GetThing"}, AWS))
    file = tmp_path / "log.ndjson"
    with file.open("wb") as log:
        for n in range(150):
            bulk = {"other": "x" * 4_000_000}
            log.write(ndjson([cloudtrail(n, eventName="GetThing", requestParameters=bulk)]))
    (tmp_path / "work").mkdir()
    with Store(tmp_path / "work", Plans([rule]), Site(), memory_mb=400) as store:
        store.load(Segment("aws_cloudtrail", file, direct=True, part=0, file=1))
        store.settle(origins=False)
        assert store.one("SELECT count(*) FROM full_aws_cloudtrail") == 150


@pytest.mark.parametrize(
    "now",
    [records(range(1000, 2000)), records(range(999, -1, -1)), records(range(500)), []],
    ids=["rotated", "another order", "shorter", "empty"],
)
def test_a_log_that_changes_meanwhile_is_named(
    now: list[bytes], log: Path, run: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveyed_then(monkeypatch, lambda: log.write_bytes(b"\n".join(now)))
    with pytest.raises(Changed) as raised:
        run.evaluate()
    assert str(raised.value.place) == str(log)
    assert raised.value.exit_code == ExitCode.SYSTEM


def test_a_log_that_is_none_any_more_is_read_again_record_by_record(
    log: Path, run: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = records(range(10))
    surveyed_then(monkeypatch, lambda: log.write_bytes(b"\n".join([*kept, *[b"{"] * 990])))
    outcome = run.evaluate()
    assert len(outcome.alerts) == 10
    assert sum(outcome.rejected.values()) > 0


def test_a_log_that_grows_meanwhile_is_no_matter(
    log: Path, run: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grow() -> None:
        with log.open("ab") as file:
            file.write(b"\n\n" + b"\n".join(records(range(1000, 1100))))

    surveyed_then(monkeypatch, grow)
    assert len(run.evaluate().alerts) == 1000


def test_of_several_logs_the_changed_one_is_named(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.ndjson"
    other.write_bytes(b"\n".join(records(range(2000, 2100))))
    surveyed_then(monkeypatch, lambda: other.write_bytes(b""))
    options = RunOptions((str(log), str(other)), rules=(RULE,))
    with opened(options) as run, pytest.raises(Changed) as raised:
        run.evaluate()
    assert str(raised.value.place) == str(other)


def test_large_files_are_indexed_while_they_are_surveyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed, real = [], Lines.index

    def index(self: Lines, stop: threading.Event | None = None) -> None:
        indexed.append(self.path.name)
        real(self, stop)

    monkeypatch.setattr(Lines, "index", index)
    quiet = orjson.dumps(firing(SOURCE, 0) | {"action": "git.clone", "note": "x" * 2000})
    parts = [quiet.replace(b"id-0", b"quiet-%d" % n) for n in range(4500)]
    large = [*parts[:4000], *records(range(1, 3)), b"", *parts[4000:], *records(range(3, 4))]
    for name, lines in (("large", large), ("small", records(range(4, 5)))):
        (tmp_path / name).write_bytes(b"\n".join(lines) + b"\n")
    assert (tmp_path / "large").stat().st_size > surveyed.WORTH_AN_INDEX
    with opened(RunOptions((str(tmp_path),), rules=(RULE,))) as run:
        outcome = run.evaluate()
    assert indexed == ["large"]
    places = {(Path(e.path).name, e.record) for alert in outcome.alerts for e in alert.events}
    assert places == {("large", 4001), ("large", 4002), ("large", 4504), ("small", 1)}
