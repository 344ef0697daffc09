"""Every rule fires on what it must, and no rule fires where it is not announced."""

import pytest

from rekey.fixtures.suite import run_suite
from tests.content import shipped


@pytest.mark.parametrize("product", shipped.PRODUCTS)
def test_fixtures_of_a_product(product: str) -> None:
    """All rules run over them, so that one rule's noise on another's automation shows."""
    results = run_suite(shipped.fixtures_of(product), shipped.rules())
    assert len(results) > 50, "the shipped fixtures were not found"
    assert {r.fixture.name: r.faults for r in results if r.faults} == {}


@pytest.mark.parametrize("rule", shipped.RULES)
def test_a_rule_shows_ordinary_automation(rule: str) -> None:
    own = [fixture for fixture in shipped.fixtures() if fixture.rule.path == rule]
    names = {fixture.file.name.split(".")[0] for fixture in own}
    assert {"match", "ignore", "automation"} <= names
    noisy = {f.name: f.provenance.expects for f in own if f.file.name.startswith("automation")}
    high = {
        name: other
        for name, expected in noisy.items()
        for other in expected
        if shipped.rules()[other].level in {"high", "critical"}
    }
    assert high == {}, "ordinary automation may not need a person at night"
