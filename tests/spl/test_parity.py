"""Every rule of the app says of its fixtures what the embedded engine says."""

from collections.abc import Iterator

import pytest

from rekey.pack import shipped_pack
from tests.engines.matrix import load
from tests.spl.parity import UNDECLARED, Proof, proof, rules


@pytest.fixture(scope="module")
def app_proof() -> Iterator[Proof]:
    with proof() as found:
        yield found


@pytest.mark.parametrize("rule", list(shipped_pack().rule_files()))
def test_verdicts_are_equal(rule: str, app_proof: Proof) -> None:
    outcome, unexplained = app_proof.outcome(rules()[rule])
    assert unexplained == []
    assert load("splunk").get(rule) == outcome, "python -m tests.spl.parity"


def test_only_fixtures_are_explained() -> None:
    fixtures = shipped_pack().fixtures
    assert [name for name in UNDECLARED if not (fixtures / name).is_file()] == []
