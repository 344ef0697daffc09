"""Which files are handed on as they are."""

import gzip
import os
from pathlib import Path

import pytest

from rekey.converters.registry import registry
from rekey.sources.direct import direct_source
from rekey.sources.recognise import Recogniser
from tests.sources.samples import cloudtrail, github, kubernetes, ndjson

MANY = ndjson(cloudtrail(n) for n in range(2000))
"""More than the sample that is looked at."""


def direct(file: Path, data: bytes) -> str | None:
    file.write_bytes(data)
    return direct_source(str(file), Recogniser(registry()))


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (ndjson([cloudtrail()]), "aws_cloudtrail"),
        (ndjson([cloudtrail()])[:-1], "aws_cloudtrail"),
        (b"\n" + ndjson([kubernetes()]) + b"\n", "kubernetes_audit"),
        (ndjson([github()]).replace(b"\n", b"\r\n"), "github_audit"),
        (MANY, "aws_cloudtrail"),
        (MANY + b"damage that the store will meet", "aws_cloudtrail"),
    ],
    ids=["one", "no last break", "blank lines", "CRLF", "many", "late damage"],
)
def test_plain_lines_of_one_source(data: bytes, source: str, tmp_path: Path) -> None:
    assert direct(tmp_path / "log", data) == source


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"damage\n" + MANY,
        ndjson([cloudtrail(), kubernetes()]),
        ndjson([{"Records": [cloudtrail()]}]),
        b"[" + ndjson([cloudtrail()]) + b"]",
        ndjson([{"message": "x"}]),
        b"\xef\xbb\xbf" + ndjson([cloudtrail()]),
        ndjson([cloudtrail()]).decode().encode("utf-16"),
        gzip.compress(ndjson([cloudtrail()])),
        ndjson([cloudtrail(big="x" * 300_000)]) + MANY,
    ],
    ids=["empty", "blank", "damage", "mixed", "wrapped", "array", "unknown", "marked", "UTF-16",
         "gzip", "long"],
)  # fmt: skip
def test_everything_else_is_read_tolerantly(data: bytes, tmp_path: Path) -> None:
    assert direct(tmp_path / "log", data) is None


def test_a_name_that_the_scan_would_take_for_a_pattern_is_not_handed_on(tmp_path: Path) -> None:
    assert direct(tmp_path / "log[1]", MANY) is None


def test_pipes_are_not_opened_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert direct_source(str(tmp_path / "pipe"), Recogniser(registry())) is None
