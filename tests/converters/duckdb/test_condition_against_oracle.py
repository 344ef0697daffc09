"""Random conditions match the same records in DuckDB as in the naive oracle.

The engine goes its whole way: what the gate lets through while the records are scanned, and then
the exact condition. A gate that shut out a match would show here, for half of the fields lie in the
body, which is kept behind the gate alone.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rekey.converters.duckdb.hits import hits
from rekey.converters.rule import Rule
from rekey.store import Store
from tests.made_rules import KUBERNETES, made, single
from tests.made_stores import store_of
from tests.oracle.condition import And, Condition, Test, holds
from tests.oracle.documents import PATHS, conditions, records
from tests.oracle.sigma_text import detection

SOURCE = "kubernetes_audit"


def rule_of(condition: Condition) -> Rule:
    return made(single("random", detection(condition), KUBERNETES))


def matched(rule: Rule, store: Store) -> set[int]:
    """Numbers of the records that hit, from 0."""
    layouts = {source: plan.layout for source, plan in store.plans.items()}
    sql = f"SELECT seq FROM ({hits(rule, layouts, store).sql})"
    seqs = [seq for (seq,) in store.db.execute(sql).fetchall()]
    return {record - 1 for _, _, record in store.places(SOURCE, seqs).values()}


def check(log: list[dict[str, Any]], wanted: list[Condition]) -> None:
    rules = [rule_of(condition) for condition in wanted]
    with store_of(SOURCE, [log], rules) as store:
        for condition, rule in zip(wanted, rules, strict=True):
            expected = {n for n, document in enumerate(log) if holds(condition, document, PATHS)}
            assert matched(rule, store) == expected, detection(condition)


@settings(max_examples=60)
@given(records, st.lists(conditions, min_size=1, max_size=8))
def test_the_same_records_match(log: list[dict[str, Any]], wanted: list[Condition]) -> None:
    check(log, wanted)


@settings(max_examples=30)
@given(records, conditions)
def test_a_plain_value_beside_it_makes_a_gate(
    log: list[dict[str, Any]], condition: Condition
) -> None:
    groups = Test("user.groups", ("get", "watch"), every=True)
    agent = Test("userAgent", ("get", "Zoë"))
    check(log, [And((groups, condition)), And((agent, condition))])
