"""On everyday traffic each rule keeps to its budget, but for the exceptions that are listed."""

from pathlib import Path

from tests.everyday.budgets import needless, over_budget
from tests.everyday.exceptions import EXCEPTED
from tests.everyday.measure import Measured, Row, measure
from tests.everyday.world import MONTHS

HIGH_AT_MOST = 2
"""Alerts of level high in the four weeks; to be lowered when rules have become quieter."""
CASES_AT_MOST = 2
"""Cases that the last week opens, once three weeks are learned; the same."""


def test_everyday_traffic_stays_within_the_budgets(tmp_path: Path) -> None:
    """One test, so that the weeks are lived through once, however many workers there are."""
    measured = measure(tmp_path)
    found = [*over_budget(measured, EXCEPTED), *needless(measured, EXCEPTED)]
    assert not found, "\n".join(found)
    assert measured.alerts("high") <= HIGH_AT_MOST
    assert measured.alerts("critical") == 0
    assert len(measured.cases) <= CASES_AT_MOST, "\n".join(measured.cases)


def made(*alerts: tuple[str, int]) -> Measured:
    """Make what one rule, with a budget of ten alerts, found: component and alerts."""
    rows = tuple(Row("aws/rule", "high", component, count, 0) for component, count in alerts)
    return Measured(rows, {"aws/rule": 100.0}, {"aws/rule": 0.1}, (), {}, {})


def test_a_rule_over_its_budget_is_named_with_its_components() -> None:
    assert list(over_budget(made(("ci", 7), ("scanner", 4)), ())) == [
        "aws/rule: 7 in ci, 4 in scanner; its budget allows 10.0"
    ]
    assert not list(over_budget(made(("ci", 6), ("scanner", 4)), ()))


def test_what_is_excepted_does_not_count() -> None:
    loud = made(("ci", 70), ("scanner", 4))
    assert not list(over_budget(loud, {("aws/rule", "ci")}))
    assert list(over_budget(loud, {("aws/rule", "scanner")}))


def test_an_exception_that_is_not_needed_is_named() -> None:
    both = (("aws/rule", "ci"), ("aws/rule", "scanner"))
    assert list(needless(made(("ci", 70), ("scanner", 4)), both)) == [
        "aws/rule in scanner: no longer needed"
    ]
    assert len(list(needless(made(("ci", 3)), both))) == 2


def test_one_alert_is_always_allowed() -> None:
    few = Measured((), {"aws/rule": MONTHS}, {"aws/rule": 0.01}, (), {}, {})
    assert few.allowed("aws/rule") == 1
