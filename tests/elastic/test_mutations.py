"""Odd and long text in what a caller chooses changes no verdict, or a difference is declared."""

from pathlib import Path

import orjson
import pytest

from rekey.fixtures.repeats import expand
from rekey.fixtures.suite import Fixture
from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.conftest import Built, Content
from tests.elastic.declared import accounting
from tests.elastic.mutations import MUTATIONS
from tests.elastic.parity import embedded, runs
from tests.elastic.schemas import Schema


@pytest.mark.parametrize("name", ["ecs", "raw"])
@pytest.mark.parametrize("path", sorted(shipped_pack().rule_files()))
def test_verdicts_stand(
    path: str,
    name: builds.Schema,
    content: Content,
    built: Built,
    schemas: dict[builds.Schema, Schema],
    tmp_path: Path,
) -> None:
    rules, fixtures = content
    plain = built(name, None)
    if path in plain.unsupported:
        pytest.skip(plain.unsupported[path])
    made = _mutated(next(f for f in fixtures[path] if f.must_fire and not f.site), tmp_path)
    expected = embedded(rules[path], made)
    wrong = {}
    for file, run in runs(rules[path], made, schemas[name], lambda site: built(name, site)):
        here = run.say(sparing=expected[file] == "quiet", lateness=["prompt"])
        declared = plain.differences.get(path, ())
        if here != expected[file] and not accounting(declared, expected[file], here, run.case):
            wrong[file] = f"{expected[file]} in the embedded engine, here {here}"
    assert not wrong


def _mutated(fixture: Fixture, folder: Path) -> list[Fixture]:
    """Write each mutation of a fixture that changes it."""
    records = [orjson.loads(line) for line in expand(fixture.file) if line.strip()]
    made = []
    for name, mutate in MUTATIONS.items():
        changed = [mutate(record) for record in records]
        if changed != records:
            file = folder / f"match_{name}.ndjson"
            file.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in changed))
            made.append(Fixture(fixture.rule, file, fixture.provenance))
    if not made:
        pytest.skip("its caller chooses no text")
    return made
