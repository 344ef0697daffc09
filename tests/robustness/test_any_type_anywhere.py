"""Whatever stands in a field: it is told, no defect shows, and the records beside it keep their alerts."""

import random
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from rekey.alert import Alert
from rekey.cli.run_options import RunOptions, opened
from rekey.enrichers.owners import load_owners
from rekey.investigate import investigate
from rekey.pack import shipped_pack
from tests.robustness.damage import OTHER_TYPES, SPOILERS, paths, put
from tests.robustness.firing import KINDS, NUMBER, firing

RULES = tuple(kind.rule for kind in KINDS.values())
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def confused(source: str, rng: random.Random, values: int) -> Iterator[bytes]:
    """A firing record with another value at each of its places."""
    for number, path in enumerate(paths(firing(source, 0))):
        for value in rng.sample(OTHER_TYPES, values):
            yield put(firing(source, 500_000 + number), path, value)


def written(folder: Path, source: str, bad: Iterable[bytes]) -> set[int]:
    """Write each bad record between two good ones into a file of its own; give the good numbers."""
    good: set[int] = set()
    for number, record in enumerate(bad):
        around = [2 * number, 2 * number + 1]
        first, last = (orjson.dumps(firing(source, n)) for n in around)
        (folder / f"{source}{number}.ndjson").write_bytes(b"\n".join((first, record, last)))
        good |= set(around)
    return good


def named(alerts: Iterable[Alert]) -> set[int]:
    """Numbers of the records behind alerts."""
    texts = (alert.model_dump_json(include={"actor", "credential", "targets"}) for alert in alerts)
    return {int(n) for text in texts for n in re.findall(NUMBER, text)}


@pytest.mark.parametrize("source", KINDS)
def test_replay(source: str, tmp_path: Path) -> None:
    rng = random.Random(source)  # noqa: S311 (repeatable damage)
    good = written(tmp_path, source, confused(source, rng, 3))
    with opened(RunOptions((str(tmp_path),), rules=RULES)) as run:
        outcome = run.evaluate()
    assert good <= named(outcome.alerts)
    read = sum(count.events + count.dropped for count in outcome.sources)
    assert read + run.log.total >= len(good) * 3 // 2
    assert outcome.rejected.keys() & {"wrong_type", "missing_field", "absurd_time"}


@pytest.mark.parametrize("source", KINDS)
def test_investigate(source: str, tmp_path: Path) -> None:
    rng = random.Random(source)  # noqa: S311 (repeatable damage)
    bad = list(confused(source, rng, 1))
    good = written(tmp_path, source, rng.sample(bad, 16))
    with opened(RunOptions((str(tmp_path),), rules=RULES, lineage=True)) as run:
        found = investigate(run, load_owners((), run.site), NOW)
    cases = [alert for case in found.cases for alert in case.alerts]
    assert good <= named([*cases, *found.other_alerts])


@pytest.mark.parametrize("seed", range(4))
def test_all_rules_over_what_is_left_of_all_fixtures(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)  # noqa: S311 (repeatable damage)
    files = sorted(shipped_pack().fixtures.glob("*/*/match.ndjson"))
    lines = [rng.choice(file.read_bytes().splitlines()) for file in files]
    good: set[int] = set()
    for number, source in enumerate(KINDS):
        spoilers = rng.choices(list(SPOILERS.values()), k=len(lines))
        spoilt = [
            spoil(rng, orjson.loads(line)).replace(b"\n", b" ")
            for spoil, line in zip(spoilers, lines, strict=True)
        ]
        first, last = (orjson.dumps(firing(source, 2 * number + at)) for at in (0, 1))
        data = b"\n".join((first, *spoilt, last))
        (tmp_path / f"{source}.ndjson").write_bytes(data)
        good |= {2 * number, 2 * number + 1}
    with opened(RunOptions((str(tmp_path),), lineage=True)) as run:
        found = investigate(run, load_owners((), run.site), NOW)
        assert run.log.total
    cases = [alert for case in found.cases for alert in case.alerts]
    assert good <= named([*cases, *found.other_alerts])


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b'"namespace":"root"', "wrong_type"),
        (b'"note":nan', "not_json"),
        (b'"note":[1,]', "not_json"),
    ],
)
def test_what_duckdb_did_not_mind_or_was_not_asked_for_is_set_aside(
    odd: bytes, reason: str, tmp_path: Path
) -> None:
    """Of such a record the survey saw nothing bad: no rule asks for that field."""
    first, odd_one, last = (orjson.dumps(firing("vault_audit", n)) for n in range(3))
    odd_one = odd_one.replace(b'"request":{', b'"request":{' + odd + b",", 1)
    odd_one = re.sub(rb',"namespace":\{[^}]*\}', b"", odd_one)
    (tmp_path / "log").write_bytes(b"\n".join((first, odd_one, last)))
    options = RunOptions((str(tmp_path / "log"),), rules=(KINDS["vault_audit"].rule,))
    with opened(options) as run:
        outcome = run.evaluate()
    assert outcome.rejected == {reason: 1}
    (told,) = outcome.first_rejected
    assert (told.path, told.record) == (str(tmp_path / "log"), 2)
    assert named(outcome.alerts) == {0, 2}
