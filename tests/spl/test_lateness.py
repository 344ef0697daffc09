"""No alert is lost, and none is said twice, however late the scheduler starts its searches.

Splunk's documentation promises of continuous searches that they are not skipped, not that they are in
time, and nothing of the order of two of them. The verdicts of all rules under lateness are in
``test_parity.py``; here is what a verdict does not show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rekey.fixtures.suite import Fixture
from rekey.fixtures.wanted import wanted_fixtures
from rekey.pack import shipped_pack
from tests.spl.app import App, SavedSearch
from tests.spl.indexed import indexed_file
from tests.spl.lateness import Lateness
from tests.spl.parity import Apps
from tests.spl.proof import Conditions, Installed, Run
from tests.spl.reading import FIRST, READINGS, Reading
from tests.spl.search import time_of
from tests.spl.values import Row, several, text

HOUR = 3600
LEARNING = (
    "vault/entity_reads_new_secret",
    "aws/role_assumed_by_new_parent",
    "kubernetes/act_new_to_a_known_workload",
    "vault/entity_wakes_after_silence",
    "aws/access_key_used_after_dormancy",
    "github/token_woke_after_silence",
)
WINDOWS = (
    "aws/account_surveyed_with_workload_credential",
    "vault/token_used_from_two_networks",
    "kubernetes/permissions_probed_before_secrets_were_read",
    "vault/policy_changed_then_secrets_read",
    "github/token_cloned_many_repositories",
)
SINGLE = ("aws/root_access_key_used", "vault/root_token_minted", "github/secret_leaked_publicly")

LATE = {
    "detector 6 minutes": Conditions(FIRST, detector=Lateness(360)),
    "detector 3 hours": Conditions(FIRST, detector=Lateness(3 * HOUR)),
    "detector 20 hours": Conditions(FIRST, detector=Lateness(20 * HOUR)),
    "learner 3 hours": Conditions(FIRST, learner=Lateness(3 * HOUR)),
    "both, learner first": Conditions(
        FIRST, detector=Lateness(2 * HOUR), learner=Lateness(2 * HOUR), learner_first=True
    ),
    "outage, learner first": Conditions(
        FIRST,
        detector=Lateness(outage=8 * HOUR),
        learner=Lateness(outage=8 * HOUR),
        learner_first=True,
    ),
}


@dataclass(frozen=True)
class Case:
    """A rule's match fixture, and the app."""

    app: App
    fixture: Fixture

    def events(self, reading: Reading) -> Sequence[Row]:
        """The fixture as it is indexed."""
        rule = self.fixture.rule
        return indexed_file(self.fixture.file, rule.bases[0].source.name, reading)

    def installed(self, conditions: Conditions) -> Installed:
        """The rule's searches over the fixture."""
        events = self.events(conditions.reading)
        return Installed(self.app, self.fixture.rule.path, events, conditions)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    folder: Path = tmp_path_factory.mktemp("late")
    return Apps(folder).of()


def _case(app: App, rule: str) -> Case:
    _, fixtures = wanted_fixtures([shipped_pack()], (rule,), own=False)
    return Case(app, next(f for f in fixtures if f.must_fire and not f.site))


def alerts(installed: Installed) -> list[Row]:
    """What is left of all results after throttling, by the clock of the runs."""
    quiet = installed.searches.detect.quiet
    assert quiet is not None
    last: dict[tuple[str, ...], float] = {}
    kept = []
    for run, found in installed.detections():
        for row in found:
            key = tuple(text(value) for field in quiet.fields for value in several(row.get(field)))
            assert len(key) == len(quiet.fields), "a result lacks a field of its throttling"
            if run.started - last.get(key, float("-inf")) >= quiet.seconds:
                last[key] = run.started
                kept.append(row)
    return kept


@pytest.mark.parametrize("how", LATE)
@pytest.mark.parametrize("rule", LEARNING)
def test_lateness_loses_no_alert_and_says_none_twice(rule: str, how: str, app: App) -> None:
    case = _case(app, rule)
    in_time = alerts(case.installed(Conditions(FIRST)))
    late = alerts(case.installed(LATE[how]))
    assert 1 <= len(late) <= len(in_time)


@pytest.mark.parametrize("rule", LEARNING)
def test_a_run_that_is_repeated_by_hand_finds_the_same(rule: str, app: App) -> None:
    """``dispatch.now`` is the time for which it was scheduled."""
    installed = _case(app, rule).installed(Conditions(FIRST))
    telling = [(run, found) for run, found in installed.detections() if found]
    assert telling
    for run, found in telling:
        again = installed.run(replace(run, started=run.started + HOUR))
        assert [_said(row) for row in again] == [_said(row) for row in found]


def _said(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "rekey_start"}


@pytest.mark.parametrize("rule", LEARNING)
def test_what_is_learned_twice_is_learned_once(rule: str, app: App) -> None:
    installed = _case(app, rule).installed(Conditions(FIRST))
    learner = installed.searches.learn
    assert learner is not None
    runs = [run for run, _ in installed.detections()]
    before = installed.learned()
    for run in runs[-20:]:
        installed.run(Run(learner, run.scheduled + 300, run.scheduled + HOUR))
    assert installed.learned() == before


@pytest.mark.parametrize("reading", READINGS, ids=["now is the start", "now is the schedule"])
@pytest.mark.parametrize("seconds", [900, 1200, 2 * HOUR, 12 * HOUR])
@pytest.mark.parametrize("rule", WINDOWS)
def test_a_window_is_found_by_a_late_run(
    rule: str, seconds: int, reading: Reading, app: App
) -> None:
    conditions = Conditions(reading, detector=Lateness(seconds))
    case = _case(app, rule)
    assert Installed(app, rule, case.events(reading), conditions).fires()


@pytest.mark.parametrize("rule", WINDOWS)
def test_a_window_is_found_after_an_outage(rule: str, app: App) -> None:
    case = _case(app, rule)
    for hours in (1, 8, 24):
        conditions = Conditions(FIRST, detector=Lateness(outage=hours * HOUR))
        assert Installed(app, rule, case.events(FIRST), conditions).fires()


@pytest.mark.parametrize("unseen", [30, 60, 300])
@pytest.mark.parametrize("rule", [*SINGLE, WINDOWS[1], LEARNING[4]])
def test_an_event_may_stay_unseen_for_a_while_after_it_was_indexed(
    rule: str, unseen: int, app: App
) -> None:
    """Wherever between two runs it was indexed."""
    case = _case(app, rule)
    missed = [
        offset
        for offset in range(0, 600, 20)
        if not Installed(
            app, rule, case.events(FIRST), Conditions(FIRST, delay=offset, unseen=unseen)
        ).fires()
    ]
    assert missed == []


@pytest.mark.parametrize("rule", [SINGLE[0], WINDOWS[0], LEARNING[1]])
def test_runs_that_see_no_event_find_nothing(rule: str, app: App) -> None:
    installed = _case(app, rule).installed(Conditions(FIRST))
    begin = min(map(time_of, _case(app, rule).events(FIRST)))
    for search in _scheduled(installed):
        run = Run(search, begin - 30 * 24 * HOUR // 600 * 600, begin)
        assert installed.run(run, idle=True) == []
    assert installed.learned() == {}


def _scheduled(installed: Installed) -> Iterator[SavedSearch]:
    yield installed.searches.detect
    if installed.searches.learn is not None:
        yield installed.searches.learn
