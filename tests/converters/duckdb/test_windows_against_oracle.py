"""Random logs give the same correlation alerts in DuckDB as in the naive oracle."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.converters.rule import Rule
from rekey.match import Match
from rekey.store import Store
from tests.made_rules import base, correlation, made
from tests.made_stores import matches_by_part, store_of
from tests.oracle.event_logs import SPAN, events, record, seconds
from tests.oracle.windows import (
    Event,
    Firing,
    Found,
    alerts,
    counts,
    groups,
    sequences,
    value_counts,
)

Decide = Callable[[Sequence[Event]], Iterable[Firing]]


def rule_of(kind: str, steps: int, condition: dict[str, object] | None = None) -> Rule:
    bases = [base(f"step_{step}", {"events": f"step_{step}"}) for step in range(steps)]
    names = [document["name"] for document in bases]
    return made(*bases, correlation(kind, names, ["actor"], f"{SPAN}s", condition=condition))


def expected(log: Sequence[Event], decide: Decide, *, valued: bool = False) -> set[Found]:
    return {
        found
        for group, members in groups(log, valued=valued).items()
        for found in alerts(group, members, decide(members))
    }


def found(matches: Iterable[Match]) -> Iterator[Found]:
    for match in matches:
        (group,) = match.keys
        assert group is not None
        yield Found(group, seconds(match.first), seconds(match.last), match.count, match.reached)


def compare(
    store: Store, rule: Rule, logs: Sequence[Sequence[Event]], decide: Decide, *, valued: bool
) -> None:
    by_part = matches_by_part(rule, store)
    for part, log in enumerate(logs, start=1):
        assert set(found(by_part.get(part, []))) == expected(log, decide, valued=valued), log


def check(
    logs: Sequence[Sequence[Event]], rule: Rule, decide: Decide, *, valued: bool = False
) -> None:
    records = [[record(event) for event in log] for log in logs]
    with store_of("github_audit", records, [rule]) as store:
        compare(store, rule, logs, decide, valued=valued)


def logs(steps: int, *, overlapping: bool = False) -> st.SearchStrategy[list[list[Event]]]:
    return st.lists(events(steps, overlapping=overlapping), min_size=10, max_size=30)


@settings(max_examples=20)
@given(logs(1), st.integers(1, 4))
def test_event_count(some: list[list[Event]], at_least: int) -> None:
    rule = rule_of("event_count", 1, {"gte": at_least})
    check(some, rule, lambda members: counts(members, SPAN, at_least))


@settings(max_examples=20)
@given(logs(1), st.integers(1, 3))
def test_value_count(some: list[list[Event]], at_least: int) -> None:
    rule = rule_of("value_count", 1, {"field": "repo", "gte": at_least})
    check(some, rule, lambda members: value_counts(members, SPAN, at_least), valued=True)


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
@pytest.mark.parametrize("overlapping", [False, True], ids=["apart", "overlapping"])
@pytest.mark.parametrize("steps", [2, 3])
@settings(max_examples=12)
@given(data=st.data())
def test_sequences(data: st.DataObject, steps: int, overlapping: bool, kind: str) -> None:
    some = data.draw(logs(steps, overlapping=overlapping))
    ordered = kind == "temporal_ordered"
    check(
        some,
        rule_of(kind, steps),
        lambda members: sequences(members, SPAN, steps, ordered=ordered),
    )
