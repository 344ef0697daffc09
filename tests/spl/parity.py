"""The app's verdict on every fixture, beside the embedded engine's.

The embedded engine gives each fixture the verdict that its name says: ``rekey rules test`` holds it
to that.
"""

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Final

from rekey.converters.registry import registry
from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.fixtures.suite import MUST_FIRE, Bench, Fixture
from tests.engines.verdicts import Row, Said, Verdict, writes
from tests.rounds import ALL
from tests.spl import values
from tests.spl.app import App, build_app
from tests.spl.indexed import indexed_file
from tests.spl.proof import CONDITIONS, Conditions, Installed
from tests.spl.search import Kept, time_of

_DAY: Final = 86_400

_AGAIN: Final = (
    "a second copy of an event from before the last day is an event of its own if it bears "
    "another time"
)

EXPLAINED: Final = {
    "aws/access_key_used_after_dormancy/ignore_duplicate.ndjson": _AGAIN,
    "kubernetes/dormant_unbound_token_used/ignore_duplicate.ndjson": _AGAIN,
}
"""Fixture → which difference that the build declares for its rule (``differences.json``) shows."""


class Apps:
    """The app, built once for each site file that fixtures bring."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apps: dict[Path | None, App] = {}

    def of(self, site: Path | None = None) -> App:
        """The app of the shipped rules, for a site."""
        if site not in self._apps:
            folder = self._folder / str(len(self._apps))
            folder.mkdir()
            arguments = ["--site", str(site)] if site else []
            self._apps[site] = build_app(folder, *arguments, sources=list(registry()))
        return self._apps[site]


def compare(rule: Rule, fixtures: Sequence[Fixture], apps: Apps) -> Row:
    """Run a rule's searches over its fixtures."""
    app = apps.of()
    if rule.path not in app.rules:
        return Row(form=None, unsupported=app.unsupported[rule.path])
    searches = app.rules[rule.path]
    differences = json.loads((app.folder.parent / "differences.json").read_bytes())
    declared: tuple[str, ...] = tuple(differences.get(rule.path, ()))
    firsts = _first_acts(rule, fixtures) if searches.seed else {}
    verdicts = {}
    for fixture in fixtures:
        embedded: Said = "fires" if fixture.must_fire else "quiet"
        here = _verdict(apps.of(fixture.site), fixture, firsts.get(fixture.file))
        because: tuple[str, ...] = ()
        if here != embedded and EXPLAINED.get(fixture.name) in declared:
            because = (EXPLAINED[fixture.name],)
        verdicts[fixture.file.name] = Verdict(embedded, here, because)
    form = "detector, learner, seed" if searches.learn else "scheduled search"
    return Row(form, None, declared, verdicts)


def _verdict(app: App, fixture: Fixture, act: float | None) -> Said:
    """Fires or quiet under all conditions, or sometimes this and sometimes that."""
    kept: Kept = {}
    learns = app.rules[fixture.rule.path].seed is not None
    # What is to fire has to do so at the act, and not in the weeks before it.
    watched = act - _DAY if act is not None else float("-inf")
    said = {_fires(app, fixture, each, kept, watched=watched) for each in _conditions(fixture)}
    if learns:
        conditions = CONDITIONS[0]
        if act is None:
            act = max(map(time_of, _events(fixture, conditions)))
        # Installed and seeded in the last night before the act.
        said.add(_fires(app, fixture, conditions, kept, act // _DAY * _DAY))
    if len(said) > 1:
        return "by phase"
    return "fires" if True in said else "quiet"


def _conditions(fixture: Fixture) -> Sequence[Conditions]:
    """Give the conditions to try: usually fewer where it is not time that makes the difference.

    A field that differs is as different under each of them.
    """
    name = fixture.file.stem
    about_time = name == MUST_FIRE or any(word in name for word in _OF_TIME)
    return CONDITIONS if about_time or ALL or writes() else CONDITIONS[:2]


_OF_TIME: Final = (
    "boundary", "order", "duplicate", "maturity", "young", "few", "slow", "later", "rhythm"
)  # fmt: skip
"""In the names of fixtures that show when something happened."""


def _fires(
    app: App, fixture: Fixture, conditions: Conditions, kept: Kept, seeded: float | None = None,
    watched: float = float("-inf"),
) -> bool:  # fmt: skip
    events = _events(fixture, conditions)
    return Installed(app, fixture.rule.path, events, conditions, seeded, kept, watched).fires()


def _events(fixture: Fixture, conditions: Conditions) -> Sequence[values.Row]:
    return indexed_file(fixture.file, fixture.rule.bases[0].source.name, conditions.reading)


def _first_acts(rule: Rule, fixtures: Sequence[Fixture]) -> dict[Path, float]:
    """For each fixture when the embedded engine's first alert begins."""
    with tempfile.TemporaryDirectory(prefix="rekey-") as folder:
        bench = Bench(fixtures, RuleSet((rule,)), Path(folder))
        try:
            return {
                bench.parts[part].file: min(m.first.replace(tzinfo=UTC).timestamp() for m in found)
                for part, found in bench.run([rule])[0].items()
            }
        finally:
            bench.close()
