"""Many files are read by several processes, and the result is that of one."""

import gzip
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from rekey.sources import batch, files, processes
from rekey.sources.batch import Named, name_of, shares, spelled
from rekey.sources.files import FileIntake
from rekey.sources.interface import Limits
from rekey.sources.rejects import RejectLog
from tests.sources.samples import cloudtrail, github, load, ndjson, vault

Cores = Callable[[int], None]
Outcome = dict[str, Any]


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> Cores:
    """Sets how many cores there are; each byte is worth a process."""
    monkeypatch.setattr(batch, "WORTH_A_PROCESS", 1)
    return lambda number: monkeypatch.setattr(files, "cores", lambda: number)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Packed and plain files of three sources, some of them damaged."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for n in range(6):
        whole = gzip.compress(orjson.dumps({"Records": [cloudtrail(n * 10 + i) for i in range(5)]}))
        (folder / f"a{n}.json.gz").write_bytes(whole if n != 3 else whole[:-200])
        (folder / f"b{n}.log").write_bytes(ndjson([github(n), vault(n)]) + b"{broken\n")
    (folder / os.fsdecode(b"c\xff.log")).write_bytes(ndjson([github(99)]) + b"no log\n")
    return folder


def read(tree: Path, work: Path, **options: Any) -> Outcome:
    work.mkdir()
    seen = list[int]()
    with RejectLog(work / "kept.ndjson") as rejects:
        intake = FileIntake(
            work, rejects=rejects, force_spool=True, progress=seen.append, **options
        )
        intake.read([str(tree)], part=4)
        result = intake.finish()
    lines: dict[str, list[Any]] = {}
    for each in result.segments:
        lines.setdefault(each.source, []).extend(load(each.path))
    return {
        "files": result.files, "lines": lines, "bytes": sum(seen),
        "counts": dict(rejects.counts), "firsts": rejects.firsts,
        "by_path": {one.path: rejects.count_of(one.path) for one in result.files},
        "kept": load(work / "kept.ndjson"),
    }  # fmt: skip


@pytest.mark.parametrize("number", [2, 3, 8])
def test_several_processes_read_what_one_reads(
    tree: Path, tmp_path: Path, cores: Cores, number: int
) -> None:
    cores(1)
    alone = read(tree, tmp_path / "alone")
    cores(number)
    found = read(tree, tmp_path / "found")
    assert found == alone
    assert len(list((tmp_path / "found").glob("aside*.rejects.ndjson"))) == min(number, 4)
    assert {source: len(each) for source, each in alone["lines"].items()} == {
        "aws_cloudtrail": 25 + len([x for x in alone["lines"]["aws_cloudtrail"] if x["f"] == 4]),
        "github_audit": 7,
        "vault_audit": 6,
    }
    assert alone["counts"]["not_json"] == 7


@pytest.mark.parametrize("command", [("-c", "raise SystemExit(3)"), ("-c", "print('[]')")])
def test_what_a_process_fails_at_is_read_here(
    tree: Path, tmp_path: Path, cores: Cores, monkeypatch: pytest.MonkeyPatch, command: Any
) -> None:
    cores(1)
    alone = read(tree, tmp_path / "alone")
    cores(3)
    monkeypatch.setattr(processes, "_COMMAND", command)
    assert read(tree, tmp_path / "found") == alone


@pytest.mark.parametrize("most", [2_000, 6_000, 14_000])
def test_all_together_unpack_no_more_than_one_would(
    tree: Path, tmp_path: Path, cores: Cores, most: int
) -> None:
    limits = Limits(total_bytes=most)
    cores(1)
    alone = read(tree, tmp_path / "alone", limits=limits)
    cores(3)
    found = read(tree, tmp_path / "found", limits=limits)
    told = found.pop("bytes"), alone.pop("bytes")
    assert found == alone
    assert told[0] > told[1]  # what is read a second time is told a second time
    assert alone["counts"]["archive_bomb"]


def test_no_process_is_left_behind(
    tree: Path, tmp_path: Path, cores: Cores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one fails that tells of progress, here as an interruption, the others end too."""
    waits = "import sys, time; sys.stdin.read(); print(1, flush=True); time.sleep(600)"
    monkeypatch.setattr(processes, "_COMMAND", ("-c", waits))
    started = list[Any]()
    popen = subprocess.Popen

    def noted(*args: Any, **options: Any) -> Any:
        started.append(popen(*args, **options))
        return started[-1]

    def interrupted(amount: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", noted)
    cores(3)
    intake = FileIntake(tmp_path, rejects=RejectLog(), force_spool=True, progress=interrupted)
    with pytest.raises(KeyboardInterrupt):
        intake.read([str(tree)])
    assert len(started) == 3
    assert all(process.poll() is not None for process in started)


def test_what_lies_where_a_user_happens_to_be_is_no_code(
    tree: Path, tmp_path: Path, cores: Cores, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    for module in ("rekey", "orjson"):
        (here / module).mkdir(parents=True)
        trap = f"open({str(tmp_path / 'sprung')!r}, 'w')"
        (here / module / "__init__.py").write_text(trap)
    monkeypatch.chdir(here)
    cores(2)
    read(tree, tmp_path / "found")
    assert not (tmp_path / "sprung").exists()
    assert list((tmp_path / "found").glob("aside*"))


def named(*sizes: int) -> Iterator[Named]:
    return (Named(f"{n}", f"{n}", n, size) for n, size in enumerate(sizes, start=1))


def numbers(sizes: list[int], cores: int) -> list[list[int]]:
    return [[one.number for one in share] for share in shares(list(named(*sizes)), cores)]


MIB = 1 << 20


@pytest.mark.parametrize(
    ("sizes", "cores", "wanted"),
    [
        ([9 * MIB] * 4, 2, [[1, 2], [3, 4]]),
        ([9 * MIB] * 4, 1, [[1, 2, 3, 4]]),
        ([9 * MIB] * 3, 64, [[1], [2], [3]]),
        ([9 * MIB] * 8, 64, [[1, 2], [3, 4], [5, 6], [7, 8]]),
        ([MIB] * 4, 2, [[1, 2, 3, 4]]),
        ([30 * MIB, 1, 1, 1], 2, [[1], [2, 3, 4]]),
        ([0, 0], 2, [[1, 2]]),
        ([], 2, []),
    ],
)
def test_neighbours_stay_together(sizes: list[int], cores: int, wanted: list[list[int]]) -> None:
    assert numbers(sizes, cores) == wanted


def test_names_need_not_be_utf_8() -> None:
    odd = os.fsdecode(b"a\xff\xc3\xa4.log")
    assert name_of(spelled(odd)) == odd
    assert orjson.loads(orjson.dumps(spelled(odd)))
