"""Lines reach a reader through a pipe, and neither side waits for the other for ever."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from rekey.pipe import piped

MUCH = 3 << 20
"""Bytes: more than any pipe holds."""


def lines(of: int = MUCH) -> Iterator[bytes]:
    line = b'{"n":1}\n'
    yield from (line for _ in range(of // len(line)))


def test_duckdb_reads_them_once() -> None:
    with piped(lines()) as path:
        query = f"SELECT sum(n) FROM read_json('{path}', format='newline_delimited', columns={{n:'INT'}})"
        assert duckdb.execute(query).fetchone() == (MUCH // 8,)


def test_a_reader_that_stops_early_stops_the_writer() -> None:
    with piped(lines()) as path, Path(path).open("rb") as file:
        assert file.read(8) == b'{"n":1}\n'


def test_nobody_needs_to_read() -> None:
    with piped(lines()):
        pass


def test_what_goes_wrong_in_the_making_is_told() -> None:
    def broken() -> Iterator[bytes]:
        yield from lines(64)
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="the disk went away"), piped(broken()) as path:
        assert Path(path).read_bytes() == b"".join(lines(64))


def test_an_error_of_the_reader_comes_first() -> None:
    with pytest.raises(ValueError, match="of the reader"), piped(lines()):
        raise ValueError("of the reader")
