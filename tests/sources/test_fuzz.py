"""Ten thousand inputs, damaged at random: nothing fails, nothing good is lost, losses are told."""

import gzip
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
import zstandard

from rekey.sources import FileIntake, RejectLog
from tests.sources.samples import MAKERS, Record, identity, load, pretty

RUNS = 1000

HEADS = {
    "array": (b"[", b",", b"]"),
    "array, one a line": (b"[\n", b",\n", b"\n]\n"),
    "Records": (b'{"Records":[', b",", b"]}"),
    "Records, printed": (b'{\n "Records": [\n', b",\n", b"\n ]\n}"),
    "EventList": (b'{"kind":"EventList","metadata":{},"items":[', b",", b"]}"),
    "subscription": (b'{"messageType":"DATA_MESSAGE","logEvents":[', b",", b"]}"),
    "lines": (b"", b"\n", b"\n"),
    "CRLF": (b"", b"\r\n", b"\r\n"),
    "syslog": (b"Nov 22 v vault[1]: ", b"\nNov 22 v vault[1]: ", b"\n"),
    "unbroken": (b"", b"", b""),
}
LINES = ("lines", "CRLF", "syslog")
INSERTS = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\0", b"\xff", b"x")


@dataclass
class Case:
    """An input, and where each of its records lies in it."""

    form: str
    data: bytes
    spans: list[tuple[int, int]]


def make(rng: random.Random) -> Case:
    form = rng.choice(list(HEADS))
    maker = MAKERS[rng.choice(list(MAKERS))]
    head, between, tail = HEADS[form]
    data, spans = bytearray(head), []
    for number in range(rng.randint(1, 10)):
        if number:
            data += between
        text = written(maker(number), form)
        spans.append((len(data), len(data) + len(text)))
        data += text
    return Case(form, bytes(data + tail), spans)


def written(record: Record, form: str) -> bytes:
    if form == "Records, printed":
        return pretty(record)
    if form == "subscription":
        return orjson.dumps({"id": "1", "message": orjson.dumps(record).decode()})
    return orjson.dumps(record)


def damage(rng: random.Random, data: bytes) -> tuple[str, bytes, list[tuple[int, int]]]:
    """Give the kind of damage, the damaged input, and what it touched."""
    at = rng.randrange(len(data))
    match rng.choice(("set", "set", "insert", "cut", "behead", "many", "delete", "repeat")):
        case "set":
            byte = bytes([rng.randrange(256)])
            return "set", data[:at] + byte + data[at + 1 :], [(at, at + 1)]
        case "insert":
            return "insert", data[:at] + rng.choice(INSERTS) + data[at:], [(at, at)]
        case "cut":
            return "cut", data[:at], [(at, len(data))]
        case "behead":
            return "behead", data[at:], [(0, at)]
        case "many":
            damaged, touched = bytearray(data), []
            for at in rng.choices(range(len(data)), k=4):
                damaged[at] = rng.randrange(256)
                touched.append((at, at + 1))
            return "many", bytes(damaged), touched
        case "delete":
            size = rng.choice((1, 2, 30, 400))
            return "delete", data[:at] + data[at + size :], [(at, at + size)]
        case _:
            size = rng.randint(1, 300)
            return "repeat", data[: at + size] + data[at:], [(at, at), (at + size, at + size)]


def is_touched(span: tuple[int, int], touched: list[tuple[int, int]]) -> bool:
    begin, end = span
    return any(
        (begin < start < end) if start == stop else (start < end and stop > begin)
        for start, stop in touched
    )


@pytest.mark.parametrize("seed", range(0, 10 * RUNS, RUNS))
def test_nothing_good_is_lost(seed: int, tmp_path: Path) -> None:
    file = tmp_path / "input"
    expected: dict[int, tuple[Case, str, set[str], int]] = {}
    rejects = RejectLog()
    intake = FileIntake(tmp_path, rejects=rejects, force_spool=True)
    for part in range(seed, seed + RUNS):
        rng = random.Random(part)  # noqa: S311 (repeatable damage)
        case = make(rng)
        kind, damaged, touched = damage(rng, case.data)
        pack = rng.choice((bytes, bytes, gzip.compress, zstandard.compress))
        file.write_bytes(pack(damaged))
        before = rejects.total
        intake.read([str(file)], part=part)
        whole = {f"id-{n}-" for n, span in enumerate(case.spans) if not is_touched(span, touched)}
        expected[part] = (case, kind, whole, rejects.total - before)
    found: dict[int, set[str]] = defaultdict(set)
    for segment in intake.finish().segments:
        for line in load(segment.path):
            found[line["p"]].add(identity(line["d"]))
    for part, (case, kind, whole, told) in expected.items():
        # A stretch that goes or comes twice may leave valid JSON of another structure.
        if case.form in LINES or kind not in ("delete", "repeat"):
            assert whole <= found[part], (part, case.form, kind)
        if not whole <= found[part]:
            assert told, (part, case.form, kind)
