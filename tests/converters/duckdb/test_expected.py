"""An alert on a new value names what its identity was seen with before."""

import pytest

from rekey import fired
from tests.made_rules import base, correlation, made
from tests.made_stores import matches_by_part, store_of
from tests.oracle.event_logs import record
from tests.oracle.windows import Event

DAY = 86_400
RULE = made(
    base("any", {"action": "repo.access"}),
    correlation(
        "value_count", ["any"], ["actor"], "5d", condition={"field": "repo", "gte": 2},
        first_seen={"history": "5d", "maturity": "1d", "min_events": 1},
    ),
)  # fmt: skip


def expected(*events: Event) -> dict[tuple[str | None, str | None], tuple[str, ...]]:
    with store_of("github_audit", [[record(event) for event in events]], [RULE]) as store:
        matches = matches_by_part(RULE, store)[1]
    return {(match.keys[0], match.value): match.expected for match in matches}


def known(actor: str, *counts: tuple[str, int]) -> list[Event]:
    return [Event(f"{actor}{v}{n}", n, actor, v) for v, count in counts for n in range(count)]


def test_the_most_frequent_come_first_and_no_more_than_five() -> None:
    before = known("a", ("f", 1), ("e", 1), ("d", 2), ("c", 3), ("b", 5), ("a", 4))
    other = known("b", ("z", 9))
    found = expected(*before, *other, Event("new", 2 * DAY, "a", "news"))
    assert found == {("a", "news"): ("b", "a", "c", "d", "e")}


@pytest.mark.parametrize("together", [1, 7, 256])
def test_each_alert_names_its_own_however_many_there_are(
    together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fired, "_TOGETHER", together)
    actors = [f"actor{n}" for n in range(15)]
    before = [event for a in actors for event in known(a, (f"own of {a}", 1))]
    after = [Event(f"{a} new", 2 * DAY, a, "news") for a in actors]
    assert expected(*before, *after) == {(a, "news"): (f"own of {a}",) for a in actors}
