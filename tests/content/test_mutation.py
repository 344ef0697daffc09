"""Each value of each condition is held by a fixture, or the rule says why none can hold it."""

import pytest

from rekey.fixtures.mutate import check_mutations
from tests.content import shipped


@pytest.mark.parametrize("rule", shipped.RULES)
def test_no_change_of_a_rule_goes_unnoticed(rule: str) -> None:
    (result,) = check_mutations([shipped.rules()[rule]], shipped.fixtures())
    assert result.mutants > 0
    assert result.survivors == ()
    assert result.stale == ()
