"""Ten thousand malformed inputs: no defect shows, and a bad record costs no good one its alert."""

import random
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from tests.robustness.damage import FRAMES, LINES, PACKERS, SPOILERS
from tests.robustness.firing import KINDS, firing, run

BATCH = 1000
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
BAD = 99
"""Number of the record that is spoilt."""


@dataclass
class Case:
    """An input: how it was made, the good records that must fire, and how many records it held."""

    how: str
    data: bytes
    good: set[int]
    records: int
    forgiven: bool = False
    """The loss of good records is allowed if it is told: bytes were moved within an array, which
    may leave sound JSON of another meaning, or an archive cannot be known for one any more."""


def spoilt_record(rng: random.Random) -> Case:
    """Good records with a bad one among them."""
    frame, spoiler = rng.choice(list(FRAMES)), rng.choice(list(SPOILERS))
    sources = rng.choices(list(KINDS), k=rng.randint(1, 4))
    texts = [orjson.dumps(firing(source, n)) for n, source in enumerate(sources)]
    bad = SPOILERS[spoiler](rng, firing(rng.choice(list(KINDS)), BAD))
    texts.insert(rng.randint(0, len(texts)), bad)
    head, between, tail = FRAMES[frame]
    data = head + between.join(texts) + tail
    packer = rng.choice((None, None, *PACKERS))
    moved = frame not in LINES and spoiler not in ("swap", "drop")
    return Case(
        f"{spoiler} in {frame}, {packer}",
        PACKERS[packer](data) if packer else data,
        set(range(len(sources))),
        len(texts) if frame in LINES and b"\n" not in bad else 0,
        forgiven=moved,
    )


def spoilt_archive(rng: random.Random) -> Case:
    """An archive of several members or frames, one of which is damaged."""
    packer = rng.choice(list(PACKERS))
    members = []
    for number in range(rng.randint(2, 4)):
        record = firing(rng.choice(list(KINDS)), number)
        members.append(PACKERS[packer](orjson.dumps(record) + b"\n"))
    hit = rng.randrange(len(members))
    member, at = members[hit], rng.randrange(len(members[hit]))
    how = rng.choice(("flip", "cut", "insert", "garbage", "zeros"))
    match how:
        case "flip":
            member = member[:at] + bytes([member[at] ^ 1 << rng.randrange(8)]) + member[at + 1 :]
        case "cut":
            member = member[:at]
        case "insert":
            member = member[:at] + rng.randbytes(rng.randint(1, 9)) + member[at:]
        case "garbage":
            member = rng.randbytes(rng.randint(1, 200))
        case _:
            member = bytes(rng.randint(1, 200))
    members[hit] = member
    data = b"".join(members)
    good = set(range(len(members))) - {hit}
    headless = not data.startswith((GZIP, ZSTD))  # it is no archive to us then, which is told
    return Case(f"{how} in member {hit} of {packer}", data, good, 0, forgiven=headless)


@pytest.mark.parametrize("seed", range(0, 10 * BATCH, BATCH))
def test_nothing_good_is_lost(seed: int, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    cases: dict[int, Case] = {}
    for part in range(seed + 1, seed + BATCH + 1):
        rng = random.Random(part)  # noqa: S311 (repeatable damage)
        cases[part] = case = spoilt_archive(rng) if rng.random() < 0.2 else spoilt_record(rng)
        (tmp_path / f"{part}").write_bytes(case.data)
    found = run({part: [tmp_path / f"{part}"] for part in cases}, work)
    for part, case in cases.items():
        fired, told = found.fired[part], found.told[part]
        assert case.good <= fired or (case.forgiven and told), (part, case.how, fired, case.good)
        accounted = found.events.get(part, 0) + told
        assert accounted >= case.records, (part, case.how, accounted)


FILLER = 400_000
"""Bytes of good lines, more than is looked at before a file is handed to the typed scan."""


def late_damage(rng: random.Random) -> Case:
    """A large file of one source that is bad only near its end."""
    source, spoiler = rng.choice(list(KINDS)), rng.choice(list(SPOILERS))
    line = orjson.dumps(firing(source, 0))
    texts = [line.replace(b"id-0", b"filler-%d" % n) for n in range(FILLER // len(line))]
    bad = SPOILERS[spoiler](rng, firing(source, BAD))
    texts += [orjson.dumps(firing(source, 1)), bad, orjson.dumps(firing(source, 2))]
    records = len(texts) if b"\n" not in bad else 0
    return Case(f"{spoiler} late in {source}", b"\n".join(texts), {1, 2}, records)


@pytest.mark.parametrize("seed", range(0, 200, 50))
def test_nothing_good_is_lost_where_the_typed_scan_meets_the_damage(
    seed: int, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    cases: dict[int, Case] = {}
    for part in range(seed + 1, seed + 51):
        cases[part] = case = late_damage(random.Random(part))  # noqa: S311 (repeatable damage)
        (tmp_path / f"{part}").write_bytes(case.data)
    found = run({part: [tmp_path / f"{part}"] for part in cases}, work)
    for part, case in cases.items():
        assert case.good <= found.fired[part], (part, case.how)
        accounted = found.events.get(part, 0) + found.told[part]
        assert accounted >= case.records, (part, case.how, accounted, case.records)
