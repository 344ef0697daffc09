"""One rule over its fixtures: what Elasticsearch says beside what the embedded engine says."""

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.fixtures.repeats import expand
from rekey.fixtures.suite import Bench, Fixture
from tests.elastic.build import Build
from tests.elastic.declared import accounting
from tests.elastic.kibana import rule as kibana
from tests.elastic.kibana.execute import execute
from tests.elastic.named_fields import named
from tests.elastic.schemas import Schema
from tests.engines.verdicts import Row, Said, Verdict


def embedded(rule: Rule, fixtures: Sequence[Fixture]) -> dict[str, Said]:
    """Run a rule in the embedded engine; fixture file → verdict."""
    with tempfile.TemporaryDirectory(prefix="rekey-") as folder:
        bench = Bench(fixtures, RuleSet((rule,)), Path(folder))
        try:
            found = bench.run(rule)
            return {
                fixture.file.name: "fires" if found.get(part) else "quiet"
                for part, fixture in bench.parts.items()
            }
        finally:
            bench.close()


def compare(
    rule: Rule,
    fixtures: Sequence[Fixture],
    schema: Schema,
    built: Callable[[Path | None], Build],
) -> Row:
    """Run a rule over all its fixtures in both engines.

    Args:
        rule: the rule.
        fixtures: its own fixtures.
        schema: how documents are indexed.
        built: gives the compiled rules for a site file.
    """
    plain = built(None)
    if rule.path in plain.unsupported:
        return Row(form=None, unsupported=plain.unsupported[rule.path])
    kinds = plain.differences.get(rule.path, ())
    expected = embedded(rule, fixtures)
    verdicts = {}
    for fixture in fixtures:
        compiled = kibana.read(built(fixture.site).rules[rule.id])
        name = fixture.file.name
        here = say(compiled, fixture, schema)
        verdicts[name] = Verdict(expected[name], here, accounting(kinds, expected[name], here))
    form = kibana.read(plain.rules[rule.id]).type
    return Row(form=form, differences=kinds, fixtures=verdicts)


def say(compiled: kibana.Rule, fixture: Fixture, schema: Schema) -> Said:
    """Index a fixture, unless that was done, and run a compiled rule over it."""
    [source] = {base.source.name: base.source for base in fixture.rule.bases}.values()
    records = (json.loads(line) for line in expand(fixture.file) if line.strip())
    place = schema.place(source, fixture.name, records)
    _check_index(compiled, place.index)
    _check_fields(compiled, lambda name: schema.objection(source, name))
    phases = [bool(ends) for ends in execute(compiled, place)]
    if all(phases):
        return "fires"
    return "by phase" if any(phases) else "quiet"


def _check_index(compiled: kibana.Rule, index: str) -> None:
    patterns = compiled.index
    if compiled.type == "esql":
        [listed] = re.findall(r"\AFROM\s+([^|]*?)(?:\s+METADATA\b[^|]*)?\s*\|", compiled.query)
        patterns = tuple(pattern.strip() for pattern in listed.split(","))
    assert any(fnmatchcase(index, pattern) for pattern in patterns), (
        f"{compiled.name} looks into {patterns}, and its documents are in {index}"
    )


def _check_fields(compiled: kibana.Rule, objection: Callable[[str], str | None]) -> None:
    wrong = sorted(filter(None, map(objection, named(compiled))))
    assert not wrong, f"{compiled.name}: {'; '.join(wrong)}"
