"""Ways in which one record is spoilt, and ways in which files are framed and packed."""

import gzip
import random
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import zstandard

from tests.robustness.firing import KINDS, Record, firing

STRANGER = 77
"""Number of a record from elsewhere, of which half is spliced on."""

OTHER_TYPES: tuple[bytes, ...] = (
    b"null", b"true", b"7", b"-1", b"1.5", b'""', b'"text"', b"[]", b"{}", b"[null]", b'[{"a":[1]}]',
    b'{"a":{"b":[]}}', b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"18446744073709551616",
    rb'"\ud800"', rb'"\udc00\ud800"', rb'"\u0000"', b'"\x00"', b'"\xff\xfe"', b'"' + b"x" * 70_000 + b'"',
    b'"0000-00-00T00:00:00Z"', b'"9999-12-31T23:59:59Z"', b'"2026-02-30T00:00:00Z"', b"99999999999999999",
)  # fmt: skip
_WRAPPERS: tuple[tuple[bytes, bytes], ...] = (
    (b'{"Records":', b"}"), (b'{"Records":[[', b"]]}"), (b'{"items":{"a":', b"}}"), (b"[[[[[[", b"]]]]]]"),
    (b'{"message":', b"}"), (b'{"message":"{\\"a\\":', b'"}'), (b'{"log":[1,', b"]}"),
    (b'{"records":[{"properties":{"log":', b"}}]}"), (b'{"logEvents":[{"message":', b"}]}"),
    (b'{"_source":{"event":{"original":', b"}}}"), (b'{"hits":{"hits":', b"}}"), (b'{"a":1}', b""),
)  # fmt: skip
_SWAPPED = b'"swapped here"'


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document: each field, and each element of each array."""
    keys = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in keys:
        yield (*here, key)
        if isinstance(below, dict | list):
            yield from paths(below, (*here, key))


def _swap(rng: random.Random, record: Record) -> bytes:
    """Give one field a value of another type, or one that no reader likes."""
    return put(record, rng.choice(list(paths(record))), rng.choice(OTHER_TYPES))


def put(record: Record, path: tuple[Any, ...], value: bytes) -> bytes:
    """Write a record with another value at a place."""
    *above, last = path
    holder: Any = record
    for key in above:
        holder = holder[key]
    holder[last] = "swapped here"
    return orjson.dumps(record).replace(_SWAPPED, value, 1)


def _flip(rng: random.Random, record: Record) -> bytes:
    text = bytearray(orjson.dumps(record))
    for _ in range(rng.choice((1, 1, 2, 8, 50))):
        text[rng.randrange(len(text))] ^= 1 << rng.randrange(8)
    return bytes(text)


def _cut(rng: random.Random, record: Record) -> bytes:
    text = orjson.dumps(record)
    begin = rng.choice((0, 0, rng.randrange(len(text))))
    return text[begin : rng.randint(begin + 1, len(text))]


def _splice(rng: random.Random, record: Record) -> bytes:
    mine = orjson.dumps(record)
    other = orjson.dumps(firing(rng.choice(list(KINDS)), STRANGER))
    return mine[: rng.randrange(len(mine))] + other[rng.randrange(len(other)) :]


def _drop(rng: random.Random, record: Record) -> bytes:
    """Leave fields out."""
    for key in rng.sample(list(record), rng.randint(1, len(record))):
        del record[key]
    return orjson.dumps(record)


def _twice(rng: random.Random, record: Record) -> bytes:
    """Give a key twice, with different values."""
    key = rng.choice(list(record))
    value = rng.choice(OTHER_TYPES)
    return orjson.dumps(record)[:-1] + b"," + orjson.dumps(key) + b":" + value + b"}"


def _deep(rng: random.Random, record: Record) -> bytes:
    levels = rng.choice((65, 200, 1100, 20_000))
    opening, closing = rng.choice(((b'{"a":', b"}"), (b"[", b"]")))
    closed = closing * rng.choice((levels, levels - 1, 0))
    nested = opening * levels + b"1" + closed
    return orjson.dumps(record)[:-1] + b',"deep":' + nested + b"}"


def _wrap(rng: random.Random, record: Record) -> bytes:
    before, after = rng.choice(_WRAPPERS)
    return before + orjson.dumps(record) + after


SPOILERS: dict[str, Callable[[random.Random, Record], bytes]] = {
    "swap": _swap, "flip": _flip, "cut": _cut, "splice": _splice, "drop": _drop, "twice": _twice,
    "deep": _deep, "wrap": _wrap,
}  # fmt: skip

FRAMES: dict[str, tuple[bytes, bytes, bytes]] = {
    "lines": (b"", b"\n", b"\n"),
    "CRLF": (b"", b"\r\n", b"\r\n"),
    "marked": (b"\xef\xbb\xbf", b"\n", b"\n"),
    "array": (b"[", b",", b"]"),
    "array, one a line": (b"[\n", b",\n", b"\n]\n"),
    "Records": (b'{"Records":[', b",", b"]}"),
    "EventList": (b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[', b",", b"]}"),
    "records": (b'{"records": [\n', b",\n", b"]}"),
}
"""What stands before, between and after records."""
LINES = ("lines", "CRLF", "marked")

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 1),
    "zstd": zstandard.ZstdCompressor(level=1, write_checksum=True).compress,
}
