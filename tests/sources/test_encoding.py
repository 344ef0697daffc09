"""Text comes out as UTF-8; what is no text says so."""

import codecs

import pytest

from rekey.sources.encoding import as_utf8
from rekey.sources.interface import Fault, Reason

TEXT = '{"a":"é😀"}\n{"b":1}\n'


def read(data: bytes, chunk: int = 3) -> tuple[bytes, list[Fault]]:
    faults = list[Fault]()
    chunks = (data[i : i + chunk] for i in range(0, len(data), chunk))
    return b"".join(as_utf8(chunks, faults)), faults


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_marks_of_byte_order_are_honoured(encoding: str, chunk: int) -> None:
    assert read(TEXT.encode(encoding), chunk) == (TEXT.encode(), [])


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")],
)
def test_both_byte_orders(mark: bytes, encoding: str) -> None:
    assert read(mark + TEXT.encode(encoding)) == (TEXT.encode(), [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_refused_as_a_whole(encoding: str) -> None:
    out, faults = read(TEXT.encode(encoding))
    assert out == b""
    assert [fault.reason for fault in faults] == [Reason.WRONG_ENCODING]
    assert "iconv" in faults[0].detail


def test_a_hole_at_the_beginning_of_a_log_is_no_wide_text() -> None:
    data = bytes(24) + TEXT.encode()
    assert read(data) == (data, [])


def test_half_a_character_at_the_end_is_a_cut() -> None:
    out, faults = read(TEXT.encode("utf-16")[:-1])
    assert out == TEXT[:-1].encode()
    assert [fault.reason for fault in faults] == [Reason.TRUNCATED]


def test_a_lone_surrogate_spoils_its_line_only() -> None:
    wide = codecs.BOM_UTF16_LE + '{"a":1}\n'.encode("utf-16-le") + b"\x00\xd8"
    out, faults = read(wide + '\n{"b":1}\n'.encode("utf-16-le"))
    first, second, third = out.splitlines()
    assert (first, third, faults) == (b'{"a":1}', b'{"b":1}', [])
    with pytest.raises(UnicodeDecodeError):
        second.decode()


def test_what_unicode_does_not_have_is_reported() -> None:
    out, faults = read(codecs.BOM_UTF32_LE + "{}".encode("utf-32-le") + b"\xff\xff\xff\xff", 4)
    assert (out, [fault.reason for fault in faults]) == (b"{}", [Reason.WRONG_ENCODING])
