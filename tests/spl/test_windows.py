"""Random logs give the same groups in the app's searches as in the naive oracle."""

from collections.abc import Callable, Iterable, Sequence

import orjson
import pytest
from hypothesis import given, settings

from rekey.converters.registry import registry
from tests.made_rules import Document, base, correlation
from tests.oracle.event_logs import SPAN, events, record
from tests.oracle.windows import Event, Firing, counts, groups, sequences, value_counts
from tests.spl.app import App
from tests.spl.indexed import indexed
from tests.spl.packs import app_of, column
from tests.spl.proof import CONDITIONS, results

Decide = Callable[[Sequence[Event]], Iterable[Firing]]


def _rule(kind: str, steps: int, condition: dict[str, object] | None = None) -> list[Document]:
    bases = [
        base(f"{kind}_{steps}_step_{step}", {"events": f"step_{step}"}) for step in range(steps)
    ]
    names = [document["name"] for document in bases]
    return [*bases, correlation(kind, names, ["actor"], f"{SPAN}s", condition=condition)]


RULES = {
    "made/events": _rule("event_count", 1, {"gte": 3}),
    "made/values": _rule("value_count", 1, {"field": "repo", "gte": 2}),
    "made/any_order": _rule("temporal", 2),
    "made/in_order": _rule("temporal_ordered", 3),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return app_of(tmp_path_factory.mktemp("windows"), RULES)


def _check(app: App, rule: str, log: list[Event], decide: Decide, *, valued: bool = False) -> None:
    members = groups(log, valued=valued)
    expected = {group for group, part in members.items() if any(True for _ in decide(part))}
    lines = [orjson.dumps(record(event)).decode() for event in log]
    for conditions in CONDITIONS:
        rows = indexed(lines, registry()["github_audit"], conditions.reading)
        found = column(list(results(app, rule, rows, conditions)), "rekey_by_actor")
        assert found == expected, (conditions, log)


@settings(max_examples=40)
@given(events(1))
def test_event_count(app: App, log: list[Event]) -> None:
    _check(app, "made/events", log, lambda members: counts(members, SPAN, 3))


@settings(max_examples=40)
@given(events(1))
def test_value_count(app: App, log: list[Event]) -> None:
    _check(app, "made/values", log, lambda part: value_counts(part, SPAN, 2), valued=True)


@settings(max_examples=40)
@given(events(2, overlapping=True))
def test_temporal(app: App, log: list[Event]) -> None:
    _check(app, "made/any_order", log, lambda part: sequences(part, SPAN, 2, ordered=False))


@settings(max_examples=40)
@given(events(3, overlapping=True))
def test_temporal_ordered(app: App, log: list[Event]) -> None:
    _check(app, "made/in_order", log, lambda part: sequences(part, SPAN, 3, ordered=True))
