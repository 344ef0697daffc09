"""The findings of a case: its alerts by rule, under numbers that list, steps and pictures share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.alert import LEVELS, Alert, Level, RuleRef
from rekey.report.words import in_utc

_NAMED_AT_MOST: Final = 3


@dataclass(frozen=True)
class Finding:
    """What one rule found in a case: one alert or several, in the order in which they began."""

    number: int
    rule: RuleRef
    alerts: tuple[Alert, ...]

    @property
    def first(self) -> datetime:
        """When it began."""
        return self.alerts[0].first

    @property
    def last(self) -> datetime:
        """When it ended."""
        return max((alert.last for alert in self.alerts), key=in_utc)

    @property
    def events(self) -> int:
        """Number of events behind its alerts."""
        return sum(alert.count for alert in self.alerts)


class Findings:
    """The findings of one case, numbered from 1 in the order in which they began."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        by_rule: dict[str, list[Alert]] = {}
        for alert in sorted(alerts, key=lambda alert: (in_utc(alert.first), alert.id)):
            by_rule.setdefault(alert.rule.path, []).append(alert)
        self.in_order = tuple(
            Finding(number, own[0].rule, tuple(own))
            for number, own in enumerate(by_rule.values(), 1)
        )
        self._of = {alert.id: finding for finding in self.in_order for alert in finding.alerts}

    def of(self, alert_ids: Iterable[str]) -> list[Finding]:
        """Give the findings of some alerts, in the order of their numbers; skip unknown ids."""
        numbers = {self._of[id].number for id in alert_ids if id in self._of}
        return [self.in_order[number - 1] for number in sorted(numbers)]


def label(findings: Sequence[Finding]) -> str:
    """Name some findings by number, and count the rest: ``1 2 5 +4``."""
    named = " ".join(str(finding.number) for finding in findings[:_NAMED_AT_MOST])
    rest = len(findings) - _NAMED_AT_MOST
    return f"{named} +{rest}" if rest > 0 else named


def every(findings: Sequence[Finding]) -> str:
    """Name findings by number, all of them: ``1, 3–5``."""
    runs: list[list[int]] = []
    for finding in findings:
        if runs and finding.number == runs[-1][1] + 1:
            runs[-1][1] = finding.number
        else:
            runs.append([finding.number, finding.number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in runs)


def note(findings: Sequence[Finding]) -> str:
    """Say what some findings are, for readers who point at a mark or listen."""
    return "; ".join(
        f"finding {finding.number}, {finding.rule.level}: {finding.rule.title}"
        for finding in findings[:8]
    )


def pill_width(label: str) -> float:
    """Width in a picture of a level's mark with numbers beside it."""
    return 22 + 7 * len(label)


def by_level(findings: Sequence[Finding]) -> list[tuple[Level, list[Finding]]]:
    """Group findings by level, worst first."""
    groups = [
        (level, [finding for finding in findings if finding.rule.level == level])
        for level in reversed(LEVELS)
    ]
    return [(level, group) for level, group in groups if group]


def worst(findings: Iterable[Finding]) -> Level | None:
    """Pick the highest level, if there is any finding."""
    return max((finding.rule.level for finding in findings), key=LEVELS.index, default=None)
