"""Every search of the app is sound, as far as that can be said without an event."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from rekey.converters.registry import registry
from rekey.pack import shipped_pack
from tests.engines.spl import refusals
from tests.spl.app import SOURCE_MACRO, App, build_app
from tests.spl.checks import faults
from tests.spl.conf import read_conf
from tests.spl.parser import parse
from tests.spl.schedule import Schedule

_NOON = 1_795_435_200.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield build_app(tmp_path_factory.mktemp("app"), sources=list(registry()))


def test_every_rule_is_there_or_says_why_not(app: App) -> None:
    assert set(app.rules) | set(app.unsupported) == set(shipped_pack().rule_files())
    assert not set(app.rules) & set(app.unsupported)


def test_every_search_belongs_to_a_rule(app: App) -> None:
    known = {
        search.name
        for rule in app.rules.values()
        for search in (rule.detect, rule.learn, rule.seed, *rule.prune)
        if search is not None
    }
    assert {name for name in app.searches if name.startswith("rekey ")} == known


def test_searches_hold_no_free_text_and_their_patterns_compile(app: App) -> None:
    found = {name: faults(search.text) for name, search in app.searches.items()}
    assert {name: reasons for name, reasons in found.items() if reasons} == {}


def test_searches_follow_the_grammar(app: App) -> None:
    names = list(app.searches)
    reasons = refusals([app.searches[name].text for name in names])
    assert [pair for pair in zip(names, reasons, strict=True) if pair[1]] == []


def test_the_place_of_each_source_is_plain_search_terms(app: App) -> None:
    shipped = read_conf(app.folder / "default" / "macros.conf")
    for source in registry():
        parse("search", shipped[SOURCE_MACRO.format(source)]["definition"])


def test_whoever_learns_is_meant_to_do_so_after_the_detector(app: App) -> None:
    for rule in app.rules.values():
        if rule.learn is None:
            continue
        detector, learner = rule.detect.schedule, rule.learn.schedule
        detections = {ranges(detector, at)[1]: at for at in detector.between(_NOON, _NOON + 7200)}
        for learned in learner.between(_NOON + 3600, _NOON + 7200):
            begin, end = ranges(learner, learned)
            detected = detections[end]
            assert detected < learned, rule.rule
            assert ranges(detector, detected)[0] <= begin, rule.rule


def test_whoever_learns_looks_at_each_event_once(app: App) -> None:
    for rule in app.rules.values():
        if rule.learn is not None:
            learner = rule.learn.schedule
            slices = [ranges(learner, at) for at in learner.between(_NOON, _NOON + 7200)]
            assert all(a[1] == b[0] for a, b in pairwise(slices)), rule.rule


def ranges(schedule: Schedule, now: float) -> tuple[float, float]:
    """When what a run looks at was indexed."""
    looked_at = schedule.at(now)
    return looked_at.index_earliest, looked_at.index_latest


def test_an_app_is_read_from_its_archive_alone(app: App) -> None:
    assert not (Path(app.folder) / "local").exists()
