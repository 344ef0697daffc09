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
from tests.made_rules import KUBERNETES, base, correlation, made, single
from tests.made_stores import store_of
from tests.oracle.condition import And, Condition, Test, holds
from tests.oracle.documents import PATHS, PATTERNS, TEXTS, conditions, record, records
from tests.oracle.sigma_text import detection

SOURCE = "kubernetes_audit"

CREATED = Test("verb", ("create",))
NAMES = made(
    base("counted", {"verb": "create"}, KUBERNETES),
    correlation(
        "value_count", ["counted"], ["user.username"], "1h",
        condition={"field": "requestObject.metadata.name", "gte": 3},
    ),
)  # fmt: skip
"""A rule for which the text of the body is read of every event."""


def rule_of(condition: Condition) -> Rule:
    return made(single("random", detection(condition), KUBERNETES))


def matched(rule: Rule, store: Store) -> set[int]:
    """Numbers of the records that hit, from 0."""
    layouts = {source: plan.layout for source, plan in store.plans.items()}
    sql = f"SELECT seq FROM ({hits(rule, layouts, store).sql})"
    seqs = [seq for (seq,) in store.db.execute(sql).fetchall()]
    return {record - 1 for _, _, record in store.places(SOURCE, seqs).values()}


def check(log: list[dict[str, Any]], wanted: list[Condition], *beside: Rule) -> None:
    rules = [rule_of(condition) for condition in wanted]
    paths = {**PATHS, "verb": ("verb",)}
    with store_of(SOURCE, [log], [*rules, *beside]) as store:
        for condition, rule in zip(wanted, rules, strict=True):
            expected = {n for n, document in enumerate(log) if holds(condition, document, paths)}
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


NAME = "requestObject.metadata.name"


def named(name: str, number: int) -> dict[str, Any]:
    body = {"metadata": {"name": name}, "spec": {"replicas": 1}}
    return record(number, {"verb": "create", "requestObject": body})


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            Test,
            st.just(NAME),
            st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2, unique=True).map(tuple),
            st.sampled_from((None, "contains", "startswith", "endswith")),
        ),
        min_size=3, max_size=8,
    ),
    st.lists(conditions, max_size=2),
)  # fmt: skip
def test_the_text_of_a_body_shuts_out_no_match(
    names: list[Condition], others: list[Condition]
) -> None:
    log = [named(text, number) for number, text in enumerate(TEXTS)]
    check(log, [And((CREATED, condition)) for condition in (*names, *others)], NAMES)
