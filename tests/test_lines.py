"""Records are found by their number, whatever blank lines there are and however far apart they lie."""

import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekey.lines import Lines

BLANKS = (b"", b" ", b"\t", b"\r", b" " * 50, b" \t\r", b"\x0b", b"\x0c")
"""Lines that DuckDB takes for no record."""

LINE = st.one_of(st.sampled_from(BLANKS), st.integers(0, 999).map(b"{%d}".__mod__))


def expected(data: bytes) -> list[tuple[int, bytes]]:
    """Physical number and text of each line that is not blank."""
    return [(n, each) for n, each in enumerate(data.split(b"\n"), start=1) if each.strip()]


@given(lines=st.lists(LINE, max_size=300), seed=st.integers(0, 9), ended=st.booleans())
def test_any_records_of_any_file(
    lines: list[bytes], seed: int, ended: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "lines.ndjson"
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    file.write_bytes(data)
    held = expected(data)
    rng = random.Random(seed)  # noqa: S311 (repeatable choice)
    numbers = sorted(rng.sample(range(len(held)), rng.randint(0, len(held))))
    for indexed in (False, True):
        found = Lines(file)
        if indexed:
            found.index()
        read = [(n, each.rstrip(b"\n")) for n, each in found.records(numbers, of=len(held))]
        assert read == [held[n] for n in numbers]


@pytest.mark.parametrize(
    ("data", "count"),
    [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\n\n", 2), (b"a\nb", 2), (b"\n" * 99, 99), (b"\n" * 64 + b"a", 65)],
)  # fmt: skip
def test_lines_are_counted(data: bytes, count: int, tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(data)
    plain, indexed = Lines(tmp_path / "lines"), Lines(tmp_path / "lines")
    indexed.index()
    assert (plain.count, indexed.count) == (count, count)


def test_an_index_that_is_stopped_notes_nothing(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"{}\n" * 1000)
    lines, stop = Lines(tmp_path / "lines"), threading.Event()
    stop.set()
    lines.index(stop)
    assert [n for n, _ in lines.records([0, 999], of=1000)] == [1, 1000]


def test_a_file_that_has_become_shorter_gives_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"{}\n" * 10)
    assert [n for n, _ in Lines(tmp_path / "lines").records([8, 20, 21], of=30)] == [9]
