"""Everything that any rule was made for, at once: unrelated abuses stay apart."""

from collections import Counter

import pytest

from rekey.case import Investigation
from rekey.fixtures.repeats import expand
from rekey.pack import shipped_pack
from tests.investigate.runs import investigated


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Investigation:
    """All records on which the shipped rules fire, one log for each product."""
    folder = tmp_path_factory.mktemp("attacks")
    pack = shipped_pack()
    for path in pack.rule_files():
        with (folder / f"{path.split('/')[0]}.ndjson").open("ab") as log:
            for file in sorted(pack.fixture_folder(path).glob("match*.ndjson")):
                log.write(b"\n".join(expand(file)) + b"\n")
    return investigated(folder)


def test_there_are_many_cases_and_none_swallows_the_others(found: Investigation) -> None:
    sizes = Counter({case.id: len(case.alerts) for case in found.cases})
    assert len(sizes) >= 30
    assert max(sizes.values()) <= sum(sizes.values()) / 4


def test_every_alert_is_told_once(found: Investigation) -> None:
    ids = [alert.id for case in found.cases for alert in case.alerts]
    ids += [alert.id for alert in found.other_alerts]
    assert len(ids) == len(set(ids)) > 100
    assert len({case.id for case in found.cases}) == len(found.cases)


def test_no_case_joins_identities_of_different_products_without_a_link(
    found: Investigation,
) -> None:
    """The fixtures were made apart from each other, so nothing links their products."""
    mixed = [c.title for c in found.cases if len({s for a in c.alerts for s in a.sources}) > 1]
    assert len(mixed) <= len(found.cases) / 10


def test_each_case_answers_what_a_responder_asks(found: Investigation) -> None:
    for case in found.cases:
        assert case.title and case.opened_because and case.timeline and case.actors
        assert case.first <= case.last
        assert {step.event_id for step in case.timeline if step.role == "alert"}
        places = {node.credential.id: place for place, node in enumerate(case.credentials)}
        for node in case.credentials:
            if node.parent_id in places:
                assert places[node.parent_id] <= places[node.credential.id]
