"""What a measurement is judged by: each rule's budget, and the exceptions from it."""

from collections.abc import Collection, Iterator

from tests.everyday.measure import Measured

Exceptions = Collection[tuple[str, str]]
"""Pairs of rule and component."""


def over_budget(measured: Measured, exceptions: Exceptions) -> Iterator[str]:
    """Name the rules that are too loud, even where what is excepted does not count."""
    for rule in dict.fromkeys(row.rule for row in measured.rows):
        loud = _counted(measured, rule, exceptions)
        if sum(loud.values()) > measured.allowed(rule):
            where = ", ".join(f"{count} in {component}" for component, count in loud.items())
            yield f"{rule}: {where}; its budget allows {measured.allowed(rule):.1f}"


def needless(measured: Measured, exceptions: Exceptions) -> Iterator[str]:
    """Name the exceptions without which their rules would be within their budgets all the same."""
    for rule, component in exceptions:
        others = [pair for pair in exceptions if pair != (rule, component)]
        if sum(_counted(measured, rule, others).values()) <= measured.allowed(rule):
            yield f"{rule} in {component}: no longer needed"


def _counted(measured: Measured, rule: str, exceptions: Exceptions) -> dict[str, int]:
    """Component → alerts, of what counts."""
    return {
        row.component: row.alerts
        for row in measured.rows
        if row.rule == rule and row.alerts and (rule, row.component) not in exceptions
    }
