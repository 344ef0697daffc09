"""However the same good records come, the store holds the same rows and the same alerts arise."""

import io
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rekey.fixtures.repeats import KEY
from rekey.loading import Loaded, load
from rekey.pack import shipped_pack
from rekey.replay import Replay
from tests.robustness.damage import FRAMES, LINES, PACKERS

Record = dict[str, Any]

PLACE = {"seqs", "events", "sample_ids"}
"""What names records by their place in the input; compared apart."""
TIES = {"origins", "targets", "actions"}
"""Ordered by time, where events of the same moment may come in either order."""

ENVELOPES: tuple[Callable[[bytes], bytes], ...] = (
    lambda text: text,
    lambda text: orjson.dumps({"@timestamp": "2026-11-01", "@message": text.decode()}),
    lambda text: orjson.dumps({"id": "1", "timestamp": 1, "message": text.decode()}),
    lambda text: orjson.dumps({"preview": False, "result": {"_raw": text.decode()}}),
    lambda text: b'{"_source":{"event":{"original":%b}}}' % orjson.dumps(text.decode()),
    lambda text: orjson.dumps({"log": text.decode() + "\n", "stream": "stdout"}),
)
"""What a record may come wrapped in, one by one."""


pytestmark = pytest.mark.usefixtures("small_files_are_scanned")


@cache
def rules() -> Loaded:
    return load([shipped_pack()], None)


@cache
def logs() -> list[list[bytes]]:
    """Logs that fire, of every product: the lines of rules' fixtures, but for the bulky ones."""
    files = sorted(shipped_pack().fixtures.glob("*/*/match.ndjson"))
    texts = (file.read_bytes() for file in files if file.stat().st_size < 200_000)
    return [text.splitlines() for text in texts if KEY.encode() not in text]


@dataclass(frozen=True)
class Answer:
    """What a replay gives, without the places of records."""

    rows: dict[str, list[tuple[Any, ...]]]
    alerts: list[dict[str, Any]]
    documents: dict[str, list[tuple[str, bytes]]]
    """Alert id → event id and document of each sample."""


def answer(paths: Sequence[Path], **options: Any) -> Answer:
    with (
        tempfile.TemporaryDirectory() as folder,
        Replay(rules().rules, rules().site, Path(folder), **options) as replay,
    ):
        replay.read([str(path) for path in paths])
        outcome = replay.evaluate()
        assert not replay.log.total
        rows = {}
        for source in replay.store.present:
            table = replay.store.from_clause(source, frozenset())
            sql = f"SELECT * EXCLUDE (seq, file, record) FROM {table} ORDER BY ALL"
            rows[source] = replay.store.db.execute(sql).fetchall()
        told = [alert.model_dump(mode="json") for alert in outcome.alerts]
        documents = {
            alert.id: sorted(
                (e.event_id, orjson.dumps(e.document, option=orjson.OPT_SORT_KEYS))
                for e in alert.events
            )
            for alert in outcome.alerts
        }
        return Answer(rows, [comparable(alert) for alert in told], documents)


def comparable(alert: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in alert.items() if key not in PLACE | TIES}
    return plain | {key: sorted(alert[key], key=str) for key in TIES}


def write(folder: Path, rng: random.Random, texts: Sequence[bytes]) -> list[Path]:
    """Spread records over files, framed and packed at random, and give these in any order."""
    files = []
    number = rng.randint(1, 4)
    for at in range(number):
        frame = rng.choice(list(FRAMES))
        head, between, tail = FRAMES[frame]
        wrap = rng.choice(ENVELOPES)
        data = head + between.join(wrap(text) for text in texts[at::number]) + tail
        if frame in LINES and rng.random() < 0.2:
            data = data.decode("utf-8-sig").encode("utf-16")
        if (packer := rng.choice((None, *PACKERS))) is not None:
            cut = data.find(b"\n") + 1 if rng.random() < 0.5 else 0
            data = b"".join(PACKERS[packer](part) for part in (data[:cut], data[cut:]) if part)
        file = folder / f"{at} é.log"
        file.write_bytes(data)
        files.append(file)
    rng.shuffle(files)
    return files


LOGS = st.lists(st.integers(0, 10_000), min_size=1, max_size=4).map(
    lambda chosen: [logs()[at] for at in sorted({at % len(logs()) for at in chosen})]
)


def plainly(folder: Path, chosen: Sequence[Sequence[bytes]]) -> list[Path]:
    """Write each log as the lines that it is."""
    files = [folder / f"plain{at}" for at in range(len(chosen))]
    for file, lines in zip(files, chosen, strict=True):
        file.write_bytes(b"\n".join(lines) + b"\n")
    return files


@settings(max_examples=6)
@given(chosen=LOGS)
def test_the_direct_path_gives_what_the_tolerant_path_gives(chosen: list[list[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = plainly(Path(folder), chosen)
        assert answer(files) == answer(files, force_spool=True)


@settings(max_examples=6)
@given(chosen=LOGS, seed=st.integers(0, 2**32))
def test_order_framing_packing_and_mixing_change_nothing(
    chosen: list[list[bytes]], seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 (repeatable disorder)
    texts = [line for lines in chosen for line in lines]
    rng.shuffle(texts)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        assert answer(write(here, rng, texts)) == answer(plainly(here, chosen))


BLANKS = (b"", b" ", b"\t", b" \t\r", b" " * 60, b"\x0b", b"\x0c")


@dataclass(frozen=True)
class Spacing:
    """What stands around the lines of a log and means nothing.

    Attributes:
        blanks: share of lines before which blank ones stand.
        ended: whether the last line ends.
    """

    blanks: float
    end: bytes
    ended: bool
    marked: bool
    seed: int

    def write(self, lines: Sequence[bytes]) -> bytes:
        rng = random.Random(self.seed)  # noqa: S311 (repeatable disorder)
        spaced = []
        for line in lines:
            while rng.random() < self.blanks:
                spaced.append(rng.choice(BLANKS))
            spaced.append(line)
        data = (b"\xef\xbb\xbf" if self.marked else b"") + self.end.join(spaced)
        return data + self.end * rng.randint(1, 3) if self.ended else data


SPACINGS = st.builds(
    Spacing, st.sampled_from((0, 0.02, 0.5)), st.sampled_from((b"\n", b"\r\n")), st.booleans(),
    st.booleans(), st.integers(0, 2**32),
)  # fmt: skip
IDS = ("eventID", "_document_id")
"""Keys of sources that may leave them out: then only its place tells a record."""


@settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # each is long
@given(
    chosen=LOGS, spacing=SPACINGS, nameless=st.booleans(), indexed=st.booleans(),
    form=st.sampled_from(("plain", "gzip", "zstd", "stdin", "array", "Records")),
)  # fmt: skip
def test_blank_lines_line_ends_and_marks_change_nothing(
    chosen: list[list[bytes]], spacing: Spacing, nameless: bool, indexed: bool, form: str
) -> None:
    if nameless:
        chosen = [[without_id(line) for line in lines] for lines in chosen]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        here = Path(folder)
        files = plainly(here, chosen)
        plain = answer(files)
        if indexed:
            patch.setattr("rekey.surveyed.WORTH_AN_INDEX", 0)
        if form == "stdin":
            data = spacing.write([line for lines in chosen for line in lines])
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
            assert answer([Path("-")]) == plain
            return
        for file, lines in zip(files, chosen, strict=True):
            file.write_bytes(formed(form, spacing, lines))
        assert answer(files) == plain


def formed(form: str, spacing: Spacing, lines: Sequence[bytes]) -> bytes:
    """Write a log in one of the forms in which people have it."""
    if form in PACKERS:
        return PACKERS[form](spacing.write(lines))
    if form == "plain":
        return spacing.write(lines)
    head, between, tail = FRAMES[form]
    within = [line + between for line in lines[:-1]] + list(lines[-1:])
    return spacing.write([head, *within, tail])


def without_id(line: bytes) -> bytes:
    record = orjson.loads(line)
    return orjson.dumps({key: value for key, value in record.items() if key not in IDS})
