"""The app's verdict on every fixture, beside the embedded engine's.

The embedded engine gives each fixture the verdict that its name says: ``rekey rules test`` holds it
to that. ``python -m tests.spl.parity`` writes what is found here into the matrix of engines.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Final

from rekey.converters.registry import registry
from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.fixtures.suite import Bench, Fixture, collect
from rekey.fixtures.wanted import load
from rekey.pack import shipped_pack
from tests.engines.matrix import Outcome, save
from tests.spl.app import App, build_app
from tests.spl.indexed import indexed_file
from tests.spl.proof import CONDITIONS, fires
from tests.spl.search import time_of

_DAY: Final = 86_400

UNDECLARED: Final = {
    "aws/access_key_used_after_dormancy/ignore_duplicate.ndjson": (
        "a record that is delivered again weeks later, under its id and with another time, counts "
        "as a use: a search knows duplicates within what it looks at"
    ),
}
"""Fixture → why the app says something else, where the build's own list does not say so."""


class Proof:
    """The app, built once for each site file that fixtures bring."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apps: dict[Path | None, App] = {}

    def app(self, site: Path | None = None) -> App:
        """The app of the shipped rules, for a site."""
        if site not in self._apps:
            folder = self._folder / str(len(self._apps))
            folder.mkdir()
            arguments = ["--site", str(site)] if site else []
            self._apps[site] = build_app(folder, *arguments, sources=list(registry()))
        return self._apps[site]

    def differs(self, fixture: Fixture, first: float | None) -> list[str]:
        """Conditions under which the app's verdict differs.

        Args:
            fixture: the fixture.
            first: when the embedded engine's first alert begins, if there is one.
        """
        app, rule = self.app(fixture.site), fixture.rule
        found = []
        for number, conditions in enumerate(CONDITIONS):
            source = rule.bases[0].source.name
            events = indexed_file(fixture.file, source, conditions.reading)
            seeds: list[float | None] = [None]
            if number == 0 and app.rules[rule.path].seed:
                # Installed in the last night before the act.
                act = first if first is not None else max(map(time_of, events))
                seeds.append(act // _DAY * _DAY)
            for seed in seeds:
                if fires(app, rule.path, events, conditions, seed) != fixture.must_fire:
                    found.append(f"{conditions}, seeded {seed}")
        return found

    def outcome(self, rule: Rule) -> tuple[Outcome, list[str]]:
        """What one rule says of its fixtures, and the differences that nobody explains."""
        app = self.app()
        if rule.path not in app.rules:
            return Outcome(missing=app.unsupported[rule.path]), []
        fixtures = collect([rule], lambda r: shipped_pack().fixture_folder(r.path))
        firsts = _first_alerts(rule, fixtures) if app.rules[rule.path].seed else {}
        differences: dict[str, str] = {}
        unexplained = []
        for fixture in fixtures:
            conditions = self.differs(fixture, firsts.get(fixture.file))
            if not conditions:
                continue
            if fixture.name in UNDECLARED:
                differences[fixture.file.name] = UNDECLARED[fixture.name]
            else:
                unexplained.append(f"{fixture.name}: {conditions}")
        return Outcome(fixtures=len(fixtures), differences=differences), unexplained


def _first_alerts(rule: Rule, fixtures: list[Fixture]) -> dict[Path, float]:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(fixtures, RuleSet((rule,)), Path(folder))
        try:
            return {
                bench.parts[part].file: min(m.last.replace(tzinfo=UTC).timestamp() for m in matches)
                for part, matches in bench.run(rule).items()
            }
        finally:
            bench.close()


@cache
def rules() -> dict[str, Rule]:
    """The shipped rules by path."""
    return {rule.path: rule for rule in load([shipped_pack()], None).rules}


@contextmanager
def proof() -> Iterator[Proof]:
    """A proof whose files go when it is over."""
    with tempfile.TemporaryDirectory(prefix="rekey-spl-") as folder:
        yield Proof(Path(folder))


if __name__ == "__main__":
    with proof() as found:
        outcomes = {path: found.outcome(rule) for path, rule in rules().items()}
    save("splunk", {path: outcome for path, (outcome, _) in outcomes.items()})
    for _, unexplained in outcomes.values():
        for line in unexplained:
            print(line)  # noqa: T201 - a program
