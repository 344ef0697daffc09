"""Random habits fire first-seen and dormant searches as the naive oracle says.

The detection and the learner take turns over each moment of the log, as their schedules would have it;
or seeding learns the beginning at once, and they go on from there.
"""

import json
from collections.abc import Callable, Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.converters.registry import registry
from rekey.converters.rule import Rule
from rekey.converters.splunk.package import build
from rekey.converters.splunk.stanzas import Options
from rekey.site import Site
from tests.converters.splunk.built import stanzas
from tests.made_rules import base, correlation, made
from tests.oracle.baseline import DAY, Fired, dormant, first_seen
from tests.oracle.event_logs import BEGIN, habits, record
from tests.oracle.windows import Event, groups
from tests.spl.indexed import indexed
from tests.spl.lookups import Lookups, lookups_of
from tests.spl.reading import READINGS
from tests.spl.schedule import Range
from tests.spl.search import Search

SOURCE = registry()["github_audit"]
HOUR = 3600
HISTORY, MATURITY, MIN_EVENTS, GAP, FACTOR = 5, 3, 4, 6, 2.0
ORDINARY = ["x"]
BASE = base("access", {"action": "repo.access"})
FIRST_SEEN = made(
    BASE,
    correlation(
        "value_count", ["access"], ["actor"], f"{HISTORY}d",
        condition={"field": "repo", "gte": 2},
        first_seen={
            "history": f"{HISTORY}d", "maturity": f"{MATURITY}d", "min_events": MIN_EVENTS,
            "ordinary": ORDINARY,
        },
    ),
)  # fmt: skip
DORMANT = made(
    BASE,
    correlation(
        "event_count", ["access"], ["actor"], f"{GAP}d", condition={"gte": 1},
        dormant={"gap": f"{GAP}d", "factor": FACTOR},
    ),
)  # fmt: skip


def expect_first_seen(log: Sequence[Event]) -> set[Fired]:
    return {
        fired
        for group, events in groups(log, valued=True).items()
        # Splunk's baselines hold what the rule is about, and no other request.
        for fired in first_seen(
            group, events, events, HISTORY * DAY, MATURITY * DAY, MIN_EVENTS, ORDINARY
        )
    }


def expect_dormant(log: Sequence[Event]) -> set[Fired]:
    return {
        fired
        for group, events in groups(log).items()
        for fired in dormant(group, events, GAP * DAY, FACTOR)
    }


class Installed:
    """The app with one rule, and a log in its index."""

    def __init__(self, rule: Rule, log: Sequence[Event]) -> None:
        package = build([rule], Site(), [], Options(), {})
        self._macros = stanzas(package, "macros")
        self._macros[f"rekey_{SOURCE.name}"] = {"definition": f'sourcetype="{SOURCE.name}"'}
        searches = stanzas(package, "savedsearches")
        self._searches = {n.removeprefix("rekey test_made"): s for n, s in searches.items()}
        self._lookups: Lookups = lookups_of(
            {n: s for n, s in stanzas(package, "transforms").items() if "collection" in s},
            stanzas(package, "collections"),
            lambda name: json.loads(name),  # no CSV is read
        )
        lines = [orjson.dumps(record(event)).decode() for event in log]
        rows = indexed(lines, SOURCE, READINGS[0])
        self._rows = [{**row, "_indextime": row["_time"]} for row in rows]

    def run(self, search: str, start: float, stop: float) -> set[Fired]:
        """Run a search over what was indexed from ``start`` until before ``stop``."""
        span = Range(index_earliest=BEGIN + start, index_latest=BEGIN + stop)
        now = BEGIN + stop
        job = Search(self._rows, READINGS[0], now, span, self._lookups, self._macros)
        return {
            Fired(
                str(row["rekey_by_actor"]),
                None if row.get("rekey_value") is None else str(row["rekey_value"]),
                round(float(str(row["rekey_start"]))) - BEGIN,
            )
            for row in job.run(self._searches[search]["search"])
            if "rekey_start" in row
        }


BOTH = pytest.mark.parametrize(
    ("rule", "oracle"),
    [(FIRST_SEEN, expect_first_seen), (DORMANT, expect_dormant)],
    ids=["first_seen", "dormant"],
)


@BOTH
@settings(max_examples=40, deadline=None)
@given(log=habits(24))
def test_detection_and_learner_take_turns(
    log: list[Event], rule: Rule, oracle: Callable[[Sequence[Event]], set[Fired]]
) -> None:
    app, found = Installed(rule, log), set()
    for time in sorted({event.time for event in log}):
        first = app.run("", time, time + 1)
        assert app.run("", time, time + 1) == first, "a detection that is run again finds the same"
        found |= first
        app.run(" learn", time, time + 1)
    assert found == oracle(log)


@BOTH
@settings(max_examples=40, deadline=None)
@given(log=habits(24), ahead=st.integers(1, 24 * 24), repeated=st.booleans())
def test_a_detection_may_come_hours_and_days_after_its_learner(
    log: list[Event],
    ahead: int,
    repeated: bool,
    rule: Rule,
    oracle: Callable[[Sequence[Event]], set[Fired]],
) -> None:
    """Nothing orders two searches: what the learner has written since takes no alert away.

    What was learned twice counts once.
    """
    app, found = Installed(rule, log), set()
    times = sorted({event.time for event in log})
    waiting = list(times)
    for time in times:
        app.run(" learn", time, time + 1)
        if repeated:
            app.run(" learn", time, time + 1)
        while waiting and waiting[0] + ahead * HOUR <= time:
            found |= app.run("", waiting[0], waiting.pop(0) + 1)
    for time in waiting:
        found |= app.run("", time, time + 1)
    assert by_day(found) == by_day(oracle(log))


def by_day(fired: set[Fired]) -> set[tuple[str, str | None, int]]:
    """A sighting that fires says so for each of its events."""
    return {(each.group, each.value, each.time // DAY) for each in fired}


@BOTH
@settings(max_examples=40, deadline=None)
@given(log=habits(24), cut=st.integers(0, 24))
def test_seeding_knows_what_taking_turns_would_have_learned(
    log: list[Event], cut: int, rule: Rule, oracle: Callable[[Sequence[Event]], set[Fired]]
) -> None:
    app, found = Installed(rule, log), set()
    app.run(" seed", 0, cut * DAY)
    for time in sorted({event.time for event in log if event.time >= cut * DAY}):
        found |= app.run("", time, time + 1)
        app.run(" learn", time, time + 1)
    assert found == {fired for fired in oracle(log) if fired.time >= cut * DAY}


@BOTH
@settings(max_examples=20, deadline=None)
@given(log=habits(24), cut=st.integers(0, 24))
def test_what_was_seeded_is_not_learned_again(
    log: list[Event], cut: int, rule: Rule, oracle: Callable[[Sequence[Event]], set[Fired]]
) -> None:
    """The learner's next runs look at events that seeding has read already."""
    app, found = Installed(rule, log), set()
    app.run(" seed", 0, cut * DAY)
    for time in sorted({event.time for event in log if event.time >= (cut - 1) * DAY}):
        if time >= cut * DAY:
            found |= app.run("", time, time + 1)
        app.run(" learn", time, time + 1)
    assert found == {fired for fired in oracle(log) if fired.time >= cut * DAY}
