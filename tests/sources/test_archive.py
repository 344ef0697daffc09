"""Archives: recognised by their bytes, salvaged where damaged, stopped where they are bombs."""

import gzip
import io
import random
import tarfile
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rekey.sources.archive import Budget, unpack
from rekey.sources.interface import Fault, Limits, Reason

RANDOM = random.Random(7)  # noqa: S311 (repeatable text)
TEXT = b"".join(
    b'{"n":%d,"x":"%s"}\n' % (n, RANDOM.randbytes(12).hex().encode()) for n in range(12_000)
)
"""Several zstd blocks of 128 KiB, and several pieces of gzip output."""


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def skippable(data: bytes) -> bytes:
    return b"\x5a\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def unpacked(
    data: bytes, *, chunk: int = 65_536, limits: Limits | None = None
) -> tuple[bytes, list[Fault]]:
    limits, faults = limits or Limits(), list[Fault]()
    chunks = (data[i : i + chunk] for i in range(0, len(data), chunk))
    out = b"".join(unpack(chunks, limits, Budget(limits.total_bytes), faults))
    return out, faults


Pack = Callable[[bytes], bytes]
PACKERS = pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", b""),
        (TEXT, TEXT),
        (gzip.compress(TEXT), TEXT),
        (gzip.compress(TEXT) * 2, TEXT * 2),
        (gzip.compress(TEXT) + bytes(1000), TEXT),
        (gzip.compress(gzip.compress(TEXT)), TEXT),
        (zstd(TEXT), TEXT),
        (zstd(TEXT) * 2, TEXT * 2),
        (skippable(b"pzstd") + zstd(TEXT) + skippable(b"") + zstd(TEXT), TEXT * 2),
        (gzip.compress(zstd(TEXT)), TEXT),
        (zstandard.compress(b""), b""),
        (gzip.compress(b""), b""),
    ],
    ids=["empty", "plain", "gzip", "members", "padded", "twice", "zstd", "frames", "skippable",
         "zstd in gzip", "empty zstd", "empty gzip"],
)  # fmt: skip
@pytest.mark.parametrize("chunk", [100, 10**6])
def test_a_sound_archive_gives_its_text(data: bytes, text: bytes, chunk: int) -> None:
    assert unpacked(data, chunk=chunk) == (text, [])


@PACKERS
@given(cut=st.floats(0, 1, exclude_max=True))
def test_what_precedes_a_cut_is_kept(pack: Pack, cut: float) -> None:
    packed = pack(TEXT)
    size = max(int(len(packed) * cut), 5)
    out, faults = unpacked(packed[:size])
    assert TEXT.startswith(out)
    assert [fault.reason for fault in faults] == [Reason.TRUNCATED]
    if size > len(packed) / 2:
        assert len(out) > len(TEXT) / 4


@PACKERS
def test_the_next_member_survives_damage_in_one(pack: Pack) -> None:
    packed = pack(TEXT)
    for at in range(len(packed) // 10, len(packed), len(packed) // 10):
        damaged = bytearray(packed + packed)
        damaged[at] ^= 0x55
        out, faults = unpacked(bytes(damaged))
        assert out.endswith(TEXT)
        assert [fault.reason for fault in faults] in ([Reason.UNREADABLE], [])
        assert faults or out == TEXT * 2


def test_blocks_before_a_damaged_one_are_kept() -> None:
    packed = bytearray(zstd(TEXT))
    packed[-500] ^= 0xFF
    out, faults = unpacked(bytes(packed))
    assert len(out) >= len(TEXT) // 131_072 * 131_072
    assert TEXT.startswith(out)
    assert faults


def test_output_before_a_fault_in_deflate_is_kept_to_the_byte() -> None:
    engine = zlib.compressobj(wbits=31)
    packed = engine.compress(TEXT) + engine.flush(zlib.Z_FULL_FLUSH)
    out, faults = unpacked(packed + b"\x07 a block of the kind that RFC 1951 reserves")
    assert out == TEXT
    assert [fault.reason for fault in faults] == [Reason.UNREADABLE]


@PACKERS
def test_bytes_between_members_are_reported_and_passed_over(pack: Pack) -> None:
    packed = pack(TEXT)
    out, faults = unpacked(packed + b"garbage" + packed)
    assert out == TEXT + b"\n" + TEXT
    assert [fault.reason for fault in faults] == [Reason.UNREADABLE]


@PACKERS
def test_a_bomb_is_stopped_and_what_came_before_is_kept(pack: Pack) -> None:
    bomb = pack(TEXT + bytes(3_000_000))
    out, faults = unpacked(bomb, limits=Limits(ratio=3, ratio_after=1_000_000))
    assert out.startswith(TEXT[:1_000_000])
    assert len(out) < 2_000_000
    assert [fault.reason for fault in faults] == [Reason.ARCHIVE_BOMB]


def test_small_archives_may_compress_as_well_as_they_like() -> None:
    packed = gzip.compress(bytes(1_000_000))
    assert len(packed) * 300 < 1_000_000
    assert unpacked(packed) == (bytes(1_000_000), [])


def test_all_archives_of_a_run_share_a_budget() -> None:
    budget, faults = Budget(len(TEXT) + 10), list[Fault]()
    for _ in range(2):
        list(unpack(iter([gzip.compress(TEXT)]), Limits(), budget, faults))
    assert [fault.reason for fault in faults] == [Reason.ARCHIVE_BOMB]


def test_an_archive_of_countless_damaged_members_is_given_up() -> None:
    _, faults = unpacked(b"\x1f\x8b\x08\x00time\x00\xffjunk" * 5000)
    assert len(faults) == 100


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("log.json")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [(tar(), "tar -xf"), (gzip.compress(tar()), "tar -xf"), (b"PK\x03\x04rest", "unzip"),
     (b"BZh9rest", "bzcat"), (b"PAR1", "Parquet")],
    ids=["tar", "tar.gz", "zip", "bzip2", "parquet"],
)  # fmt: skip
def test_other_archives_are_refused_with_the_way_out(data: bytes, word: str) -> None:
    out, faults = unpacked(data)
    assert out == b""
    assert [fault.reason for fault in faults] == [Reason.UNREADABLE]
    assert word in faults[0].detail


@given(
    data=st.binary(max_size=300), magic=st.sampled_from([b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"])
)
def test_no_bytes_make_it_fail(data: bytes, magic: bytes) -> None:
    unpacked(magic + data, chunk=10)


@PACKERS
def test_a_member_survives_one_before_it_that_was_cut_anywhere(pack: Pack) -> None:
    packed, text = pack(TEXT[:600]), TEXT[600:900]
    for cut in range(5, len(packed)):
        out, faults = unpacked(packed[:cut] + pack(text), chunk=64)
        assert out.endswith(text), cut
        assert faults
