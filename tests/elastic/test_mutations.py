"""Odd and long text in what a caller chooses changes no verdict, or a difference is declared.

Usually one of a rule's two forms is tried.
"""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from rekey.converters.rule import Rule
from rekey.fixtures.repeats import expand
from rekey.fixtures.suite import Fixture
from rekey.pack import shipped_pack
from tests.elastic import build as builds
from tests.elastic.conftest import Built, Content
from tests.elastic.declared import accounting
from tests.elastic.mutations import MUTATIONS
from tests.elastic.parity import embedded, runs
from tests.elastic.schemas import Schema
from tests.engines.verdicts import Said
from tests.rounds import some

FORMS: tuple[builds.Schema, ...] = ("ecs", "raw")


@pytest.mark.parametrize("path", sorted(shipped_pack().rule_files()))
def test_verdicts_stand(
    path: str,
    content: Content,
    built: Built,
    schemas: dict[builds.Schema, Schema],
    tmp_path: Path,
) -> None:
    rules, fixtures = content
    made = _mutated(next(f for f in fixtures[path] if f.must_fire and not f.site), tmp_path)
    expected = embedded(rules[path], made)
    forms = [form for form in FORMS if path not in built(form, None).unsupported]
    assert forms, "no form of it can be had"
    wrong = {
        (name, file): f"{expected[file]} in the embedded engine, here {here}"
        for name in some(forms, len(forms), path)
        for file, here in _wrong(rules[path], made, expected, name, built, schemas[name])
    }
    assert not wrong


def _wrong(
    rule: Rule,
    made: list[Fixture],
    expected: dict[str, Said],
    name: builds.Schema,
    built: Built,
    schema: Schema,
) -> Iterator[tuple[str, Said]]:
    """Yield files with another verdict here, for which no declared difference accounts."""
    declared = built(name, None).differences.get(rule.path, ())
    for file, run in runs(rule, made, schema, lambda site: built(name, site)):
        here = run.say(sparing=expected[file] == "quiet", lateness=["prompt"])
        if here != expected[file] and not accounting(declared, expected[file], here, run.case):
            yield file, here


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
