"""From what the user names to segments, end to end."""

import gzip
import io
import os
import random
import socket
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard

from rekey.converters.registry import registry
from rekey.errors import InputError, RekeyError
from rekey.sources import FileIntake, InputFile, Limits, Reason, RejectLog, digest
from tests.sources.samples import (
    MAKERS,
    Reader,
    cloudtrail,
    github,
    identity,
    kubernetes,
    load,
    ndjson,
    pretty,
    vault,
)  # fmt: skip

Pack = Callable[[bytes], bytes]
PACKS = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.compress}
TEN = [f"id-{n}-" for n in range(10)]


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
@pytest.mark.parametrize("source", MAKERS)
def test_records_arrive_whole_with_their_place(source: str, pack: Pack, reader: Reader) -> None:
    records = [MAKERS[source](n) for n in range(10)]
    read = reader.read(pack(ndjson(records)), pack(pretty(records)))
    assert read.rejects == []
    assert read.records == records * 2
    assert {line["source"] for line in read.lines} == {source}
    assert [(line["f"], line["r"]) for line in read.lines] == [
        (file, number) for file in (1, 2) for number in range(1, 11)
    ]


def test_sources_are_kept_apart(reader: Reader) -> None:
    read = reader.read(ndjson([cloudtrail(), kubernetes(), vault(), github()]))
    assert {segment.source for segment in read.segments} == set(MAKERS)
    assert [(line["source"], line["r"]) for line in read.lines] == [
        ("aws_cloudtrail", 1), ("kubernetes_audit", 2), ("vault_audit", 3), ("github_audit", 4),
    ]  # fmt: skip


def test_what_is_damaged_or_odd_is_set_aside_and_the_rest_is_read(reader: Reader) -> None:
    lines = ndjson(cloudtrail(n) for n in range(10)).splitlines(keepends=True)
    odd = [
        b"not json\n", b'{"a":"\xe9"}\n', ndjson([{"unknown": 1}]),
        ndjson([{k: v for k, v in cloudtrail().items() if k != "eventName"}]),
        ndjson([cloudtrail(eventTime="1601-01-01T00:00:00Z")]),
        ndjson([cloudtrail(userIdentity="x")]),
        ndjson([cloudtrail(x=_nested(70))]),
        ndjson([cloudtrail(x="y" * 20_000)]),
    ]  # fmt: skip
    mixed = b"".join(each for pair in zip(lines, odd, strict=False) for each in pair)
    read = reader.read(mixed + b"".join(lines[8:])[:-5], limits=Limits(record_bytes=15_000))
    assert read.ids == TEN[:9]
    assert [(reject["record"], reject["reason"]) for reject in read.rejects] == [
        (2, "not_json"), (4, "wrong_encoding"), (6, "unknown_source"), (8, "missing_field"),
        (10, "absurd_time"), (12, "wrong_type"), (14, "too_deep"), (16, "too_large"),
        (18, "truncated"),
    ]  # fmt: skip


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_cut_archive_is_one_reject_and_its_records_are_kept(pack: Pack, reader: Reader) -> None:
    noise = random.Random(7)  # noqa: S311 (repeatable noise)
    records = [cloudtrail(n, requestID=noise.randbytes(400).hex()) for n in range(600)]
    packed = pack(ndjson(records))
    read = reader.read(packed[: len(packed) * 3 // 4])
    assert read.reasons == ["truncated"]
    assert read.rejects[0]["record"] is None
    assert read.records == records[: len(read.records)]
    assert len(read.records) > 250


def test_bytes_that_look_like_the_start_of_a_member_begin_none(reader: Reader) -> None:
    whole = gzip.compress(ndjson(cloudtrail(n) for n in range(10)))
    extra = b"\x1f\x8b\x08\xe0abcd\x07\x63"
    flagged = whole[:3] + b"\x04" + whole[4:10] + len(extra).to_bytes(2, "little") + extra
    read = reader.read((flagged + whole[10:])[:-4])
    assert (read.ids, read.reasons) == (TEN, ["truncated"])


def test_a_bomb_is_one_reject_and_what_came_before_is_kept(reader: Reader) -> None:
    data = ndjson(cloudtrail(n) for n in range(10)) + b" " * 5_000_000
    read = reader.read(gzip.compress(data), limits=Limits(ratio=50, ratio_after=100_000))
    assert (read.ids, read.reasons) == (TEN, ["archive_bomb"])


def test_a_bomb_of_records_is_stopped_too(reader: Reader) -> None:
    data = ndjson([cloudtrail()]) * 5000
    read = reader.read(gzip.compress(data), limits=Limits(ratio=20, ratio_after=100_000))
    assert read.reasons == ["archive_bomb"]
    assert 50 < len(read.records) < 1000


@pytest.mark.parametrize("byte", b'x"{}[]:,\n\0\xff')
def test_a_damaged_wrapper_does_not_hide_its_records(byte: int, reader: Reader) -> None:
    data = b'{"Records":' + ndjson([[cloudtrail(0), cloudtrail(1)]])[:-1] + b"}"
    inputs = [data[:at] + bytes([byte]) + data[at + 1 :] for at in range(12)]
    assert reader.read(*inputs).ids == TEN[:2] * 12


def test_secrets_are_blanked_before_the_spool_and_in_rejects(reader: Reader) -> None:
    answer = {"credentials": {"accessKeyId": "ASIA1", "sessionToken": "canary"}}
    good = cloudtrail(responseElements=answer)
    bad = cloudtrail(responseElements=answer, eventTime="never")
    cut = ndjson([cloudtrail(responseElements=answer)])[:-200]
    read = reader.read(ndjson([good, bad, {"x": answer}]) + cut)
    assert read.records[0]["responseElements"]["credentials"]["accessKeyId"] == "ASIA1"
    assert read.reasons == ["absurd_time", "unknown_source", "truncated"]
    work = [file for file in reader.folder.rglob("*") if file.is_file()]
    assert [f.name for f in work if b"canary" in f.read_bytes()] == ["input0"]


def test_the_wrapping_names_the_cluster(reader: Reader) -> None:
    message = ndjson([kubernetes()]).decode()
    event = {"id": "1", "timestamp": 1, "message": message}
    wrapper = {"logGroup": "/aws/eks/prod/cluster", "logEvents": [event]}
    read = reader.read(ndjson([wrapper]), pretty(wrapper), gzip.compress(ndjson([wrapper])))
    assert [line["c"] for line in read.lines] == ["prod"] * 3


def test_a_wrapper_larger_than_a_record_may_be_keeps_its_cluster(reader: Reader) -> None:
    events = [{"id": "1", "message": ndjson([kubernetes(n)]).decode()} for n in range(10)]
    wrapper = {"logGroup": "/aws/eks/prod/cluster", "logEvents": events, "z": 1}
    for data in (ndjson([wrapper]), pretty(wrapper)):
        read = reader.read(data, limits=Limits(record_bytes=3000))
        assert (read.ids, read.rejects) == (TEN, [])
        assert {line["c"] for line in read.lines} == {"prod"}


def test_an_s3_tree_is_read_with_all_its_archives(reader: Reader) -> None:
    trail = reader.folder / "b/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22"
    trail.mkdir(parents=True)
    for n in range(3):
        data = ndjson([{"Records": [cloudtrail(n)]}])
        (trail / f"1_CloudTrail_{n}.json.gz").write_bytes(gzip.compress(data))
    digests = reader.folder / "b/AWSLogs/111122223333/CloudTrail-Digest/d.json.gz"
    digests.parent.mkdir()
    digests.write_bytes(gzip.compress(b'{"digest":1}'))
    read = reader.read(reader.folder / "b")
    assert (read.ids, read.rejects) == (TEN[:3], [])
    assert [file.number for file in read.files] == [1, 2, 3]


def test_a_forced_source_takes_no_other(reader: Reader) -> None:
    read = reader.read(ndjson([cloudtrail(), vault()]), source="vault_audit")
    assert [line["source"] for line in read.lines] == ["vault_audit"]
    assert read.reasons == ["missing_field"]


def test_standard_input_is_read_and_hashed(tmp_path: Path) -> None:
    data = gzip.compress(ndjson([cloudtrail()]))
    intake = FileIntake(tmp_path, rejects=RejectLog(), stdin=io.BytesIO(data))
    result = intake.read(["-"])
    assert [(f.path, f.size) for f in result.files] == [("-", len(data))]
    assert digest(result.files[0]) == sha256(data).hexdigest()
    assert not result.segments[0].direct


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    file = tmp_path / "plain.ndjson"
    file.write_bytes(ndjson(cloudtrail(n) for n in range(10)))
    return file


def test_plain_lines_are_handed_on_as_they_are(plain: Path, tmp_path: Path) -> None:
    intake = FileIntake(tmp_path, rejects=RejectLog())
    result = intake.read([str(plain)], part=7)
    (segment,) = result.segments
    assert (segment.path, segment.direct, segment.part, segment.file) == (plain, True, 7, 1)
    assert result.files == (InputFile(1, str(plain), None, plain.stat().st_size),)
    assert digest(result.files[0]) == sha256(plain.read_bytes()).hexdigest()
    assert intake.finish() == result


def test_many_small_files_are_read_together_and_large_ones_are_not(tmp_path: Path) -> None:
    """Each scan takes its time, so that a tree of small files would take minutes."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for n in range(20):
        (folder / f"{n:02}.ndjson").write_bytes(ndjson([cloudtrail(n)]))
    record = ndjson([cloudtrail(99)])
    large = folder / "large.ndjson"
    large.write_bytes(record * (1 + (16 << 20) // len(record)))
    result = FileIntake(tmp_path, rejects=RejectLog()).read([str(folder)])
    assert [one.path for one in result.segments if one.direct] == [large]
    (spool,) = [one for one in result.segments if not one.direct]
    assert len(spool.path.read_bytes().splitlines()) == 20
    assert [file.number for file in result.files] == list(range(1, 22))


def test_a_file_that_was_handed_on_can_be_read_tolerantly(plain: Path, tmp_path: Path) -> None:
    rejects = RejectLog()
    intake = FileIntake(tmp_path, rejects=rejects)
    (file,) = intake.read([str(plain)]).files
    with plain.open("ab") as more:
        more.write(b"damage\n")
    (first,) = intake.read_tolerantly(file, part=3)
    (second,) = intake.read_tolerantly(file, part=3)
    assert first.path != second.path
    for segment in (first, second):
        lines = load(segment.path)
        assert [identity(line["d"]) for line in lines] == TEN
        assert {(line["p"], line["f"]) for line in lines} == {(3, 1)}
    assert rejects.counts == {Reason.NOT_JSON: 2}


def test_many_small_inputs_share_spools_and_keep_their_parts(plain: Path, tmp_path: Path) -> None:
    seen = list[int]()
    intake = FileIntake(tmp_path, rejects=RejectLog(), force_spool=True, progress=seen.append)
    for part in range(1, 301):
        result = intake.read([str(plain)], part=part)
        assert [file.number for file in result.files] == [part]
        (segment,) = result.segments
    assert len(load(segment.path)) == 3000  # readable before it is finished
    assert [line["p"] for line in load(segment.path)][::10] == list(range(1, 301))
    assert len(intake.finish().files) == 300
    assert sum(seen) == 300 * plain.stat().st_size


def test_a_spool_line_begins_with_its_place(plain: Path, tmp_path: Path) -> None:
    """The way back to a raw record looks for exactly these bytes."""
    intake = FileIntake(tmp_path, rejects=RejectLog(), force_spool=True)
    (segment,) = intake.read([str(plain)], part=2).segments
    assert segment.path.read_bytes().startswith(b'{"p":2,"f":1,"r":1,"c":null,"d":{"eventVersion')


def test_what_cannot_be_opened_is_a_reject(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader.folder)
    with socket.socket(socket.AF_UNIX) as unopenable:
        unopenable.bind("log.json")
        read = reader.read(ndjson([cloudtrail()]), "log.json")
    assert (len(read.records), read.reasons) == (1, ["unreadable"])
    assert digest(read.files[1]) == ""


def test_the_file_of_rejects_is_no_input(tmp_path: Path, plain: Path) -> None:
    with RejectLog(tmp_path / "rejects.json") as rejects:
        rejects.add("earlier", 1, Reason.NOT_JSON, "x")
        result = FileIntake(tmp_path, rejects=rejects).read([str(tmp_path)])
    assert [file.path for file in result.files] == [str(plain)]


def test_a_read_error_keeps_what_was_read(tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if data := super().read(size):
                return data
            raise OSError(5, "Input/output error")

    rejects = RejectLog()
    intake = FileIntake(tmp_path, rejects=rejects, stdin=Failing(ndjson([cloudtrail()])))
    assert len(load(intake.read(["-"]).segments[0].path)) == 1
    assert rejects.counts == {Reason.UNREADABLE: 1}


def test_a_file_name_that_is_no_text_can_be_read_and_shown(reader: Reader) -> None:
    name = os.fsencode(reader.folder) + b"/\xff.json"
    with open(name, "wb") as file:  # noqa: PTH123 (a name in bytes)
        file.write(ndjson([cloudtrail()]) + b"x")
    read = reader.read(os.fsdecode(name))
    assert len(read.records) == 1
    assert read.files[0].path.endswith(r"/\xff.json")
    assert read.rejects[0]["path"] == read.files[0].path


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"PK\x03\x04 a zip", "unreadable"), ('{"a":1}'.encode("utf-16-le"), "wrong_encoding")],
    ids=["zip", "UTF-16"],
)
def test_a_file_of_another_kind_is_one_reject(data: bytes, reason: str, reader: Reader) -> None:
    read = reader.read(data)
    assert [(r["reason"], r["record"]) for r in read.rejects] == [(reason, None)]
    assert digest(read.files[0]) == sha256(data).hexdigest()


def test_an_empty_file_is_nothing_to_complain_about(reader: Reader) -> None:
    read = reader.read(b"", b"\n\n", gzip.compress(b""))
    assert (read.lines, read.rejects) == ([], [])


def test_a_full_disk_is_the_users_to_mend(plain: Path) -> None:
    intake = FileIntake(Path("/proc/self"), rejects=RejectLog(), force_spool=True)
    with pytest.raises(RekeyError, match="TMPDIR"):
        intake.read([str(plain)])


def test_a_digest_of_what_is_gone_is_an_error_of_the_input() -> None:
    with pytest.raises(InputError):
        digest(InputFile(1, "gone", None, 0))


def test_the_registry_decides_what_is_a_log_source(plain: Path, tmp_path: Path) -> None:
    only_vault = {"vault_audit": registry()["vault_audit"]}
    rejects = RejectLog()
    FileIntake(tmp_path, rejects=rejects, sources=only_vault).read([str(plain)])
    assert rejects.counts == {Reason.UNKNOWN_SOURCE: 10}
