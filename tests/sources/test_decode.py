"""Values come out of whatever they are written in; damage costs what it touches, and nothing else."""

import json
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rekey.sources.decode import Decoder
from rekey.sources.interface import Limits, Reason
from rekey.sources.unit import Damage, Unit
from tests.sources.samples import ndjson, pretty

Value = dict[str, Any]


def is_record(value: Any) -> bool:
    return isinstance(value, dict) and "id" in value


def decoded(data: bytes, *, chunk: int = 1000, limits: Limits | None = None) -> list[Unit | Damage]:
    chunks = (data[i : i + chunk] for i in range(0, len(data), chunk))
    return list(Decoder(chunks, limits or Limits(), is_record))


def values(items: list[Unit | Damage]) -> list[Any]:
    """The records in the units, whether the decoder or its reader opens their array."""
    found: list[Any] = []
    for item in items:
        if isinstance(item, Unit):
            found += _records(item.value)
    return found


def _records(value: Any) -> list[Any]:
    if isinstance(value, dict) and not is_record(value):
        hits = value.get("hits")
        value = value.get("Records") or (hits["hits"] if hits else [])
    return value if isinstance(value, list) else [value]


def damages(items: list[Unit | Damage]) -> list[Damage]:
    return [item for item in items if isinstance(item, Damage)]


def reasons(items: list[Unit | Damage]) -> list[Reason]:
    return [damage.fault.reason for damage in damages(items)]


def compact(records: list[Value]) -> bytes:
    return json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode()


def one_a_line(records: list[Value]) -> bytes:
    return b"[\n" + b",\n".join(json.dumps(r).encode() for r in records) + b"\n]\n"


FORMS: dict[str, Callable[[list[Value]], bytes]] = {
    "lines": ndjson,
    "lines without a last break": lambda records: ndjson(records)[:-1],
    "CRLF": lambda records: ndjson(records).replace(b"\n", b"\r\n"),
    "blank lines": lambda records: b"\n \n" + ndjson(records).replace(b"\n", b"\n\n\t\n"),
    "array": compact,
    "array, printed": pretty,
    "array, one a line": one_a_line,
    "lines with commas": lambda records: one_a_line(records)[2:-3],
    "Records": lambda records: b'{"Records":' + compact(records) + b"}",
    "Records, printed": lambda records: pretty({"a": 1, "Records": records, "z": {"y": [2]}}),
    "hits, printed": lambda records: pretty({"took": 1, "hits": {"hits": records, "n": 1}, "b": 2}),
    "one after the other": lambda records: b"".join(compact([r])[1:-1] for r in records),
    "printed one after the other": lambda records: b"\n".join(pretty(r) for r in records),
    "wrapped lines": lambda records: b"".join(b'{"Records":%b}\n' % compact([r]) for r in records),
    "wrapped, unbroken": lambda records: b"".join(
        b'{"Records":%b}' % compact([r]) for r in records
    ),
    "syslog": lambda r: b"".join(b"Nov 22 05:09:30 v vault[1]: " + ndjson([e]) for e in r),
    "container runtime": lambda r: b"".join(
        b"2026-11-22T05:09Z stdout F " + ndjson([e]) for e in r
    ),
    "bracketed times": lambda r: b"".join(b"[2026-11-22] " + ndjson([e]) for e in r),
    "joined with marks": lambda r: b"".join(b"\xef\xbb\xbf" + ndjson([e]) for e in r),
    "after a hole": lambda records: bytes(500) + ndjson(records),
    "record separators": lambda r: b"".join(b"\x1e" + ndjson([e]) for e in r),
}

leaf = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
json_values = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
record_lists = st.lists(json_values, min_size=1, max_size=8).map(
    lambda values: [{"id": number, "v": value} for number, value in enumerate(values)]
)


@pytest.mark.parametrize("form", FORMS)
@given(records=record_lists, chunk=st.integers(1, 200))
@settings(max_examples=25)
def test_good_input_gives_exactly_its_records(form: str, records: list[Value], chunk: int) -> None:
    items = decoded(FORMS[form](records), chunk=chunk)
    assert values(items) == records
    assert damages(items) == []


def numbers(data: bytes) -> list[int]:
    return [item.number for item in decoded(data)]


def test_numbers_are_lines_or_elements_and_never_twice_the_same() -> None:
    records: list[Value] = [{"id": 1}, {"id": 2}, {"id": 3}]
    assert numbers(ndjson(records)) == [1, 2, 3]
    assert numbers(b"\n\n" + ndjson(records).replace(b"\n", b"\n\n")) == [3, 5, 7]
    assert numbers(pretty(records)) == [1, 2, 3]
    assert numbers(FORMS["one after the other"](records)) == [1, 2, 3]
    assert numbers(pretty(records) + b'\n{"id":4}') == [1, 2, 3, 12]


@given(records=record_lists, cut=st.floats(0, 1, exclude_max=True))
def test_of_cut_lines_all_whole_ones_are_kept(records: list[Value], cut: float) -> None:
    data = ndjson(records)
    data = data[: int(len(data) * cut)]
    whole = data.count(b"\n") + (data.rpartition(b"\n")[2] == ndjson(records).splitlines()[-1])
    items = decoded(data)
    assert values(items)[:whole] == records[:whole]
    assert set(reasons(items)) <= {Reason.TRUNCATED, Reason.NOT_JSON, Reason.WRONG_ENCODING}
    assert len(items) == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


@given(
    records=record_lists,
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
)
def test_of_damaged_lines_all_untouched_ones_are_kept(
    records: list[Value], places: list[tuple[float, int]]
) -> None:
    lines = ndjson(records).splitlines(keepends=True)
    data = bytearray(b"".join(lines))
    starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]
    touched = set()
    for share, byte in places:
        at = int(len(data) * share)
        if data[at] != byte:
            touched.add(at)
            data[at] = byte
    kept = [
        record
        for record, start, end in zip(records, starts, starts[1:], strict=False)
        if not any(start - 1 <= at < end for at in touched)
    ]
    found = values(decoded(bytes(data), chunk=50))
    assert [record for record in kept if record not in found] == []


@pytest.mark.parametrize("form", ["array", "array, printed", "Records", "Records, printed"])
@pytest.mark.parametrize(
    "fault", [b"x", b'"', b"{", b"}", b"]", b",", b"\\", b"\xff", b"\n", b"\0"]
)
def test_an_element_that_is_damaged_takes_no_other_with_it(form: str, fault: bytes) -> None:
    records: list[Value] = [
        {"id": n, "nested": [{"a": 1}, {"b": [1, 2]}], "text": 'x"{[,'} for n in range(5)
    ]
    data = FORMS[form](records)
    begin, end = data.index(b'"id"', data.index(b'"id"') + 1), 0
    end = data.index(b'"id"', begin + 1)
    generator = random.Random(1)  # noqa: S311 (repeatable places)
    for at in (begin, begin + 2, begin + 5, *generator.sample(range(begin, end - 12), 25)):
        for damaged in (data[:at] + fault + data[at + 1 :], data[:at] + fault + data[at:]):
            found = [value.get("id") for value in values(decoded(damaged)) if is_record(value)]
            assert set(found) >= {0, 2, 3, 4}, (at, damaged)


@pytest.mark.parametrize("form", ["array", "array, printed", "Records", "Records, printed"])
def test_every_element_before_a_cut_is_kept_and_the_cut_is_told_once(form: str) -> None:
    records: list[Value] = [{"id": n, "a": [{"b": n}]} for n in range(4)]
    data = FORMS[form](records)
    for size in range(data.index(b'"id"'), len(data)):
        items = decoded(data[:size])
        whole = [r for r in records if data[:size].count(b'"b"') > r["id"] + 1]
        assert values(items)[: len(whole)] == whole
        assert reasons(items) == ([Reason.TRUNCATED] if size < len(data.rstrip()) else [])
        assert all(damage.at_end for damage in damages(items))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id":1,"a":"\xe9"}', Reason.WRONG_ENCODING),
        (b'{"id":01}', Reason.NOT_JSON),
        (b"\0\0\0\0", Reason.NOT_JSON),
        (b'{"id":"\0"}', Reason.NOT_JSON),
        (b"not json at all", Reason.NOT_JSON),
        (b'{"id":1,"a":' + b"[" * 2000 + b"]" * 2000 + b"}", Reason.TOO_DEEP),
        (b'{"id":1,"a":"' + b"x" * 5000 + b'"}', Reason.TOO_LARGE),
        (b"x" * 9000, Reason.NOT_JSON),
    ],
    ids=["latin-1", "octal", "NULs", "NUL", "prose", "deep", "large", "long"],
)
def test_a_bad_line_is_one_damage_with_its_reason(line: bytes, reason: Reason) -> None:
    limits = Limits(record_bytes=4500)
    items = decoded(b'{"id":1}\n' + line + b'\n{"id":2}\n', limits=limits)
    assert values(items) == [{"id": 1}, {"id": 2}]
    assert reasons(items) == [reason]
    assert damages(items)[0].number == 2


def test_half_characters_are_replaced_and_escapes_stay() -> None:
    line = rb'{"id":1,"a":"cut \ud83d","b":"\ud83d\ude00 \\ud83d \udc00"}'
    assert values(decoded(line)) == [{"id": 1, "a": "cut �", "b": "😀 \\ud83d �"}]


def test_of_equal_keys_the_last_one_counts() -> None:
    assert values(decoded(b'{"id":1,"a":1,"a":2}')) == [{"id": 1, "a": 2}]


def test_a_large_array_is_read_in_pieces() -> None:
    element = {"id": 0, "x": "y" * 500}
    data = compact([element] * 2000)
    held = 0

    def chunks() -> Any:
        nonlocal held
        for at in range(0, len(data), 10_000):
            held += 1
            yield data[at : at + 10_000]

    decoder = iter(Decoder(chunks(), Limits(record_bytes=20_000), is_record))
    assert isinstance(next(decoder), Unit)
    assert held < 40
    assert sum(1 for _ in decoder) == 1999


HOSTILE = {
    "nested without end": b'[{"a":' * 100_000,
    "lines that open": b'{"a":\n' * 50_000,
    "quotes out of step": b'{"a":" ' * 100_000,
    "brackets": b"[[{" * 200_000,
    "arrays in arrays": b'[{"a":[{"b":1},{"c":2}],' * 20_000,
    "no end": b'[{"id":1},{"a":"' + b"x" * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_input_that_was_made_to_be_slow_is_not(name: str) -> None:
    """Each takes well under a second; quadratic work would take hours."""
    items = decoded(HOSTILE[name] + b'\n{"id":"good"}\n', chunk=2**16)
    assert damages(items)


@given(data=st.binary(max_size=200) | st.text('{}[]",:\\ \n0ae', max_size=200).map(str.encode))
@settings(max_examples=300)
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assume(data)
    items = decoded(data, chunk=7)
    assert all(a.number <= b.number for a, b in pairwise(items))


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 400])
def test_a_number_that_no_reader_can_hold_becomes_its_text(number: str) -> None:
    odd = b'{"id":2,"below":{"number":%b,"small":7}}' % number.encode()
    found = decoded(b'{"id":1}\n' + odd + b'\n{"id":3}\n')
    assert [each.value for each in found if isinstance(each, Unit)] == [
        {"id": 1}, {"id": 2, "below": {"number": number, "small": 7}}, {"id": 3},
    ]  # fmt: skip
