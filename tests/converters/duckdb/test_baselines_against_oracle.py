"""Random habits fire first-seen and dormant rules in DuckDB as in the naive oracle.

And they do so whether the log is read at once, in two runs with a state file between, or again.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.evaluate import evaluate
from rekey.store import Store
from tests.made_rules import base, correlation, made
from tests.made_stores import store_of
from tests.oracle.baseline import DAY, Fired, dormant, first_seen
from tests.oracle.event_logs import habits, record, seconds
from tests.oracle.windows import Event, groups

HISTORY, MATURITY, MIN_EVENTS = 5, 3, 4
GAP, FACTOR = 6, 2.0
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

Oracle = Callable[[Sequence[Event]], set[Fired]]


def expect_first_seen(log: Sequence[Event]) -> set[Fired]:
    return {
        fired
        for group, events in groups(log, valued=True).items()
        for fired in first_seen(
            group, events, groups(log)[group], HISTORY * DAY, MATURITY * DAY, MIN_EVENTS, ORDINARY
        )
    }


def expect_dormant(log: Sequence[Event]) -> set[Fired]:
    return {
        fired
        for group, events in groups(log).items()
        for fired in dormant(group, events, GAP * DAY, FACTOR)
    }


def fired(store: Store, rule: Rule, state: Path | None = None) -> Iterator[tuple[int, Fired]]:
    """Evaluate; give the part and what fired, before firings are joined to alerts."""
    baselines = Baselines(state)
    baselines.open(store.db)
    evaluate([rule], store, baselines)
    baselines.save(store.db)
    rows = store.db.execute("SELECT part, k0, value, start FROM fired").fetchall()
    for part, group, value, start in rows:
        yield part, Fired(group, value or None, seconds(start))


def run(log: Sequence[Event], rule: Rule, state: Path | None = None) -> set[Fired]:
    # What is learned is kept of part 0 alone: the fixtures of a suite teach nothing.
    with store_of("github_audit", [[record(e) for e in log]], [rule], first_part=0) as store:
        return {one for _, one in fired(store, rule, state)}


BOTH = pytest.mark.parametrize(
    ("rule", "oracle"),
    [(FIRST_SEEN, expect_first_seen), (DORMANT, expect_dormant)],
    ids=["first_seen", "dormant"],
)


@BOTH
@settings(max_examples=25)
@given(logs=st.lists(habits(24), min_size=10, max_size=30))
def test_the_same_fires(logs: list[list[Event]], rule: Rule, oracle: Oracle) -> None:
    with store_of("github_audit", [[record(e) for e in log] for log in logs], [rule]) as store:
        found = set(fired(store, rule))
    for part, log in enumerate(logs, start=1):
        assert {one for its_part, one in found if its_part == part} == oracle(log), log


@BOTH
@settings(max_examples=15)
@given(log=habits(24), cut=st.integers(0, 24 * DAY))
def test_two_runs_with_a_state_file_fire_as_one_does(
    log: list[Event], cut: int, rule: Rule, oracle: Oracle
) -> None:
    with TemporaryDirectory() as folder:
        state = Path(folder) / "state.parquet"
        before = run([e for e in log if e.time < cut], rule, state)
        after = run([e for e in log if e.time >= cut], rule, state)
    assert before | after == oracle(log)
    assert not before & after


@BOTH
@settings(max_examples=10)
@given(log=habits(24), cut=st.integers(0, 24 * DAY))
def test_reading_a_log_again_changes_nothing(
    log: list[Event], cut: int, rule: Rule, oracle: Oracle
) -> None:
    with TemporaryDirectory() as folder:
        state = Path(folder) / "state.parquet"
        run([e for e in log if e.time < cut], rule, state)
        assert run(log, rule, state) == oracle(log)
        assert run(log, rule, state) == oracle(log)
