"""How loud the rules are on everyday traffic, by the product's own way.

The first three weeks are replayed and learned into a state file; the last week is investigated
with it, as a site does week after week. Alerts of both count, and what was folded apart from them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rekey.alert import LEVELS, Alert, Level
from rekey.cli.run_options import RunOptions, opened
from rekey.converters.rule import Rule
from rekey.habit import Habit
from tests.everyday.company import live
from tests.everyday.world import MONTHS
from tests.investigate.runs import investigated


@dataclass(frozen=True)
class Row:
    """What a rule found in one component."""

    rule: str
    level: Level
    component: str
    alerts: int
    habits: int
    """Alerts that were folded into habits."""


@dataclass(frozen=True)
class Measured:
    """The loudness of all rules; a rule without a row found nothing."""

    rows: tuple[Row, ...]
    """Loudest first, by level."""
    identity_months: dict[str, float]
    """Rule → identities of its sources, times the months that they were watched."""
    budgets: dict[str, float]
    """Rule → alerts per identity-month that its file allows."""
    cases: tuple[str, ...]
    """Titles of the cases of the last week."""
    events: dict[str, int]
    """Source → events."""
    identities: dict[str, int]
    """Source → identities."""

    def alerts(self, level: Level | None = None) -> int:
        """Count the alerts, of one level or of all."""
        return sum(row.alerts for row in self.rows if level in (None, row.level))

    def rate(self, row: Row) -> float:
        """Give alerts per month and identity of the rule's sources."""
        return row.alerts / self.identity_months[row.rule]

    def allowed(self, rule: str) -> float:
        """Give how many alerts the rule's budget allows in these weeks: one at the least.

        A single alert among so few identities tells nothing about a rate.
        """
        return max(1.0, self.budgets[rule] * self.identity_months[rule])


def measure(folder: Path) -> Measured:
    """Live through the weeks in an empty folder, and let all shipped rules look at them."""
    everyday = live(folder)
    state = folder / "state"
    with opened(RunOptions((str(everyday.first_weeks),), state=state)) as run:
        first = run.evaluate()
        rules = run.rules.rules
    last = investigated(everyday.last_week, state=state)
    alerts = [*first.alerts, *last.other_alerts, *(a for case in last.cases for a in case.alerts)]
    events = Counter({source.source: source.events for source in first.sources})
    events.update({ready.source: ready.events for ready in last.readiness})
    return Measured(
        _rows(alerts, [*first.habits, *last.habits]),
        {rule.path: _watched(rule, everyday.identities) for rule in rules},
        {rule.path: rule.directives.budget for rule in rules},
        tuple(case.title for case in last.cases),
        dict(events),
        everyday.identities,
    )


def _watched(rule: Rule, identities: dict[str, int]) -> float:
    return MONTHS * sum(identities.get(source, 0) for source in rule.sources)


def _rows(alerts: Iterable[Alert], habits: Iterable[Habit]) -> tuple[Row, ...]:
    raised, folded = Counter(map(_key, alerts)), Counter[tuple[str, Level, str]]()
    for habit in habits:
        folded[_key(habit.alert)] += habit.alerts
    rows = (Row(*key, raised[key], folded[key]) for key in raised.keys() | folded.keys())
    return tuple(sorted(rows, key=_loudness))


def _key(alert: Alert) -> tuple[str, Level, str]:
    """Rule, level and component: that whose file holds the first event."""
    return alert.rule.path, alert.rule.level, Path(alert.events[0].path).stem


def _loudness(row: Row) -> tuple[int, int, int, str, str]:
    return -LEVELS.index(row.level), -row.alerts, -row.habits, row.rule, row.component
