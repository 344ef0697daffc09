"""Rules whose matches are told together find what each finds alone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rekey import evaluate as evaluation
from rekey.baselines import Baselines
from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.evaluate import evaluate
from rekey.fixtures.suite import Bench
from rekey.match import SAMPLES, Match
from rekey.store import Store
from tests.content import shipped

RULES = [rule for rule in shipped.rules().rules if rule.sources == ("vault_audit",)]
"""Of every kind."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """All fixtures of these rules."""
    paths = {rule.path for rule in RULES}
    fixtures = [f for f in shipped.fixtures() if f.rule.path in paths and not f.site]
    bench = Bench(fixtures, RuleSet(tuple(RULES)), tmp_path_factory.mktemp("store"))
    [store] = bench.stores
    yield store
    bench.close()


@pytest.fixture(scope="module")
def alone(store: Store) -> list[list[Match]]:
    return [found for rule in RULES for found in evaluated([rule], store)]


def evaluated(rules: list[Rule], store: Store) -> list[list[Match]]:
    store.db.execute("DELETE FROM matched")
    baselines = Baselines(remembers=False)
    baselines.open(store.db)
    return evaluate(rules, store, baselines)


def kept_whole(store: Store, match: Match) -> set[int]:
    """Give the events that the store keeps of a match with more of them than samples."""
    query = "SELECT seq FROM matched WHERE rule = ? AND island = ?"
    return {seq for (seq,) in store.db.execute(query, [match.rule.id, match.island]).fetchall()}


@pytest.mark.parametrize("held", [0, 10, 100_000])
def test_they_find_the_same(
    store: Store, alone: list[list[Match]], held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "_HELD", held)
    found = evaluated(RULES, store)
    assert found == alone
    matches = [match for each in found for match in each]
    assert {match.rule.kind for match in matches} == {rule.kind for rule in RULES}
    large = [match for match in matches if match.count > SAMPLES]
    assert large
    for match in large:
        whole = kept_whole(store, match)
        assert len(whole) == match.count
        assert whole.issuperset(match.seqs)


def test_a_rule_that_stands_twice_finds_it_twice(store: Store) -> None:
    """As the mutants of a rule do, which have its name and id."""
    rule = next(rule for rule in RULES if not rule.correlation)
    first, second = evaluated([rule, replace(rule)], store)
    assert first
    assert first == second
