"""One rule over its fixtures: what Elasticsearch says beside what the embedded engine says."""

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.fixtures.repeats import expand
from rekey.fixtures.suite import Bench, Fixture
from tests.elastic import paths
from tests.elastic.build import Build
from tests.elastic.declared import Case, accounting
from tests.elastic.kibana import rule as kibana
from tests.elastic.kibana.execute import alerts, execute
from tests.elastic.kibana.schedule import schedules, sliding
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
    declared = plain.differences.get(rule.path, ())
    expected = embedded(rule, fixtures)
    verdicts = {}
    for fixture in fixtures:
        name = fixture.file.name
        run = _Run(rule, kibana.read(built(fixture.site).rules[rule.id]), fixture, schema)
        here = run.say(sparing=expected[name] == "quiet")
        because = accounting(declared, expected[name], here, run.case)
        verdicts[name] = Verdict(expected[name], here, because)
    form = kibana.read(plain.rules[rule.id]).type
    return Row(form, None, tuple(sorted({d.kind for d in declared})), verdicts)


class _Run:
    """One compiled rule over one fixture, which is indexed by that."""

    def __init__(self, rule: Rule, compiled: kibana.Rule, fixture: Fixture, schema: Schema) -> None:
        [self._source] = {base.source.name: base.source for base in rule.bases}.values()
        self._records = [json.loads(line) for line in expand(fixture.file) if line.strip()]
        self._rule, self._compiled = rule, compiled
        self._fixture, self._schema = fixture, schema
        self._place = schema.place(self._source, fixture.name, self._records)
        _check_index(compiled, self._place.index)
        _check_fields(compiled, lambda name: schema.objection(self._source, name))

    def say(self, *, sparing: bool) -> Said:
        """Run the rule as its schedule would."""
        phases = execute(self._compiled, replace(self._place, sparing=sparing))
        if all(phases):
            return "fires"
        return "by phase" if any(phases) else "quiet"

    def case(self, more: bool) -> Case:
        """Describe what came out otherwise than in the embedded engine."""
        look_back = schedules(self._compiled)[0].look_back
        return Case(
            self._records, self._source, more, look_back, self._fires_exactly, self._fires_once
        )

    def _fires_exactly(self) -> bool:
        assert self._rule.correlation
        window = timedelta(seconds=self._rule.correlation.timespan)
        return alerts(self._compiled, sliding(window), self._place)

    def _fires_once(self) -> bool:
        """Run it over the first copy of each record."""
        first: dict[tuple[Any, ...], Any] = {}
        for number, record in enumerate(self._records):
            key = tuple(str(paths.first(record, name) or number) for name in self._source.key)
            first.setdefault(key, record)
        label = f"{self._fixture.name} without copies"
        place = self._schema.place(self._source, label, first.values())
        return any(execute(self._compiled, replace(place, sparing=True)))


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
