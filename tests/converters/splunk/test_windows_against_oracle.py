"""Random logs give the same windows in the emitted SPL, read after its documentation, as in the oracle."""

from collections.abc import Callable, Iterable, Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.converters.registry import registry
from rekey.converters.rule import Rule
from rekey.converters.splunk.compiled import compile_rule
from rekey.converters.splunk.site_macros import site_macros
from rekey.site import Site
from tests.made_rules import base, correlation, made
from tests.oracle.event_logs import BEGIN, SPAN, events, record
from tests.oracle.windows import Event, Firing, counts, groups, sequences, value_counts
from tests.spl.indexed import indexed
from tests.spl.reading import READINGS
from tests.spl.search import Search

Decide = Callable[[Sequence[Event]], Iterable[Firing]]
SOURCE = registry()["github_audit"]


def rule_of(kind: str, steps: int, condition: dict[str, object] | None = None) -> Rule:
    bases = [base(f"step_{step}", {"events": f"step_{step}"}) for step in range(steps)]
    names = [document["name"] for document in bases]
    return made(*bases, correlation(kind, names, ["actor"], f"{SPAN}s", condition=condition))


def found(rule: Rule, log: Sequence[Event], reading: int) -> dict[str, int]:
    """Group → the last moment at which it fires, with everything newly indexed."""
    compiled = compile_rule(rule)
    macros = site_macros(Site()) | compiled.macros | compiled.own_macros
    macros |= {f"rekey_{SOURCE.name}": f'sourcetype="{SOURCE.name}"', "rekey_since": "0"}
    lines = [orjson.dumps(record(event)).decode() for event in log]
    rows = [
        {**row, "_indextime": row["_time"]} for row in indexed(lines, SOURCE, READINGS[reading])
    ]
    defined = {name: {"definition": text} for name, text in macros.items()}
    search = Search(rows, READINGS[reading], BEGIN + 10**7, macros=defined)
    fired = search.run(compiled.searches[0].spl)
    return {str(row["rekey_by_actor"]): round(float(str(row["_time"]))) - BEGIN for row in fired}


def check(rule: Rule, log: Sequence[Event], decide: Decide, *, valued: bool = False) -> None:
    expected = {
        group: max(firing.stop for firing in firings)
        for group, members in groups(log, valued=valued).items()
        if (firings := list(decide(members)))
    }
    for reading in range(len(READINGS)):
        assert found(rule, log, reading) == expected


@settings(max_examples=60, deadline=None)
@given(events(1), st.integers(1, 4))
def test_event_count(log: list[Event], at_least: int) -> None:
    rule = rule_of("event_count", 1, {"gte": at_least})
    check(rule, log, lambda members: counts(members, SPAN, at_least))


@settings(max_examples=60, deadline=None)
@given(events(1), st.integers(1, 3))
def test_value_count(log: list[Event], at_least: int) -> None:
    rule = rule_of("value_count", 1, {"field": "repo", "gte": at_least})
    check(rule, log, lambda members: value_counts(members, SPAN, at_least), valued=True)


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
@pytest.mark.parametrize("overlapping", [False, True], ids=["apart", "overlapping"])
@pytest.mark.parametrize("steps", [2, 3])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_sequences(data: st.DataObject, steps: int, overlapping: bool, kind: str) -> None:
    log = data.draw(events(steps, overlapping=overlapping))
    ordered = kind == "temporal_ordered"
    check(
        rule_of(kind, steps),
        log,
        lambda members: sequences(members, SPAN, steps, ordered=ordered),
    )
