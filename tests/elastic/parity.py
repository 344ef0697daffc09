"""One rule over its fixtures: what Elasticsearch says beside what the embedded engine says."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from rekey.converters.registry import LogSourceFields
from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.fixtures.repeats import expand
from rekey.fixtures.suite import Bench, Fixture
from tests.elastic import paths
from tests.elastic.build import Build, Declared
from tests.elastic.declared import Case, accounting
from tests.elastic.kibana import rule as kibana
from tests.elastic.kibana.arrival import LATENESS, Lateness
from tests.elastic.kibana.execute import alerts, execute
from tests.elastic.kibana.place import Place
from tests.elastic.kibana.schedule import schedules, sliding
from tests.elastic.named_fields import named
from tests.elastic.schemas import Schema
from tests.engines.verdicts import Row, Said, Verdict

VERY_LATE: Final = timedelta(days=1)
"""How late events come to a rule that does not say that it minds."""


def embedded(rule: Rule, fixtures: Sequence[Fixture]) -> dict[str, Said]:
    """Run a rule in the embedded engine; fixture file → verdict."""
    with tempfile.TemporaryDirectory(prefix="rekey-") as folder:
        bench = Bench(fixtures, RuleSet((rule,)), Path(folder))
        try:
            [found] = bench.run([rule])
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
    lateness: Sequence[Lateness] = LATENESS,
) -> Row:
    """Run a rule over all its fixtures in both engines.

    Args:
        rule: the rule.
        fixtures: its own fixtures.
        schema: how documents are indexed.
        built: gives the compiled rules for a site file.
        lateness: how documents come, one way after the other.
    """
    plain = built(None)
    if rule.path in plain.unsupported:
        return Row(form=None, unsupported=plain.unsupported[rule.path])
    declared = plain.differences.get(rule.path, ())
    expected = embedded(rule, fixtures)
    verdicts = {}
    for name, run in runs(rule, fixtures, schema, built):
        here = run.say(sparing=expected[name] == "quiet", lateness=lateness)
        because = accounting(declared, expected[name], here, run.case)
        verdicts[name] = Verdict(expected[name], here, because)
    form = kibana.read(plain.rules[rule.id]).type
    return Row(form, None, tuple(sorted({d.kind for d in declared})), verdicts)


def runs(
    rule: Rule,
    fixtures: Sequence[Fixture],
    schema: Schema,
    built: Callable[[Path | None], Build],
) -> "Iterator[tuple[str, Run]]":
    """Index fixtures together; yield for each its file's name, and the rule over it."""
    [source] = {base.source.name: base.source for base in rule.bases}.values()
    records = {
        fixture.name: [json.loads(line) for line in expand(fixture.file) if line.strip()]
        for fixture in fixtures
    }
    late = bears(built(None).differences.get(rule.path, ()))
    places = schema.place(source, records, late)
    for fixture in fixtures:
        compiled = kibana.read(built(fixture.site).rules[rule.id])
        place = places[fixture.name]
        check_index(compiled, place.index)
        _check_fields(compiled, lambda name: schema.objection(source, name))
        yield fixture.file.name, Run(rule, compiled, source, records[fixture.name], place, schema)


def bears(declared: Sequence[Declared]) -> timedelta:
    """Say how late events may come by what a rule declares: it has to find them all the same."""
    said = [d.detail for d in declared if d.kind == "late"]
    if not said:
        return VERY_LATE
    [minutes] = said
    return timedelta(minutes=int(minutes.removesuffix(" minutes")))


@dataclass(frozen=True)
class Run:
    """One compiled rule over one fixture."""

    rule: Rule
    compiled: kibana.Rule
    source: LogSourceFields
    records: Sequence[Mapping[str, Any]]
    place: Place
    schema: Schema

    def say(self, *, sparing: bool, lateness: Sequence[Lateness] = LATENESS) -> Said:
        """Run the rule as its schedule would."""
        found = execute(self.compiled, self.place, sparing=sparing, lateness=lateness)
        if all(found):
            return "fires"
        return "by phase" if any(found) else "quiet"

    def case(self, more: bool) -> Case:
        """Describe what came out otherwise than in the embedded engine."""
        look_back = schedules(self.compiled)[0].look_back
        return Case(
            self.records, self.source, more, look_back, self._fires_exactly, self._fires_once
        )

    def _fires_exactly(self) -> bool:
        assert self.rule.correlation
        window = timedelta(seconds=self.rule.correlation.timespan)
        return alerts(self.compiled, sliding(window), self.place)

    def _fires_once(self) -> bool:
        """Run it over the first copy of each record."""
        first: dict[tuple[Any, ...], Any] = {}
        for number, record in enumerate(self.records):
            key = tuple(str(paths.first(record, name) or number) for name in self.source.key)
            first.setdefault(key, record)
        label = f"{self.place.label} without copies"
        [place] = self.schema.place(self.source, {label: first.values()}, timedelta(0)).values()
        return any(execute(self.compiled, place, sparing=True))


def check_index(compiled: kibana.Rule, index: str) -> None:
    """See that a rule looks into an index of that name."""
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
