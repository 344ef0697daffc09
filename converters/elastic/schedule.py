"""When a rule runs, and how far it looks back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rekey.converters.rule import BaseRule, Kind, Rule, seconds

DELAY: Final[Mapping[str, int]] = {
    "aws_cloudtrail": 900,
    "github_audit": 600,
    "kubernetes_audit": 300,
    "vault_audit": 300,
}
"""Seconds that most events need to arrive. CloudTrail promises an average of about five minutes, and
no most; collectors poll on top of that
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html)."""

_DEFAULT_DELAY: Final = 600
_MINUTE: Final = 60


@dataclass(frozen=True)
class Schedule:
    """Seconds between two runs, and seconds that each run looks back."""

    interval: int
    lookback: int
    delay: int

    @property
    def recent(self) -> int:
        """Seconds back in which an event is news: no earlier run saw it for sure."""
        return self.interval + self.delay

    @property
    def reports(self) -> int:
        """Runs at most that find the same event to be news."""
        return -(-self.recent // self.interval)


def delay_of(bases: tuple[BaseRule, ...]) -> int:
    """Give the longest delay among the log sources of a rule."""
    return max(DELAY.get(base.source.name, _DEFAULT_DELAY) for base in bases)


def schedule(rule: Rule, *, by_arrival: bool = False) -> Schedule:
    """Plan the runs of a rule.

    Single events are looked for once they have arrived, where the documents tell when they did; else
    each run looks back far enough for those that came late, and Kibana does not repeat an event.
    A window of ``timespan`` can only be seen whole at every phase of the schedule by looking back
    over ``timespan + interval + delay``; baselines look back as far as their history needs.
    """
    delay = delay_of(rule.bases)
    timespan = rule.correlation.timespan if rule.correlation else 0
    first_seen, dormant = rule.directives.first_seen, rule.directives.dormant
    if rule.kind is Kind.FIRST_SEEN and first_seen:
        span = seconds(first_seen.history) + seconds(first_seen.maturity)
        return _plan(60 * _MINUTE, span, delay)
    if rule.kind is Kind.DORMANT and dormant:
        return _plan(60 * _MINUTE, 4 * seconds(dormant.gap), delay)
    if rule.kind is Kind.SINGLE and by_arrival:
        return Schedule(5 * _MINUTE, 10 * _MINUTE, delay)
    return _plan(5 * _MINUTE if timespan <= 3600 else 15 * _MINUTE, timespan, delay)


def _plan(interval: int, span: int, delay: int) -> Schedule:
    return Schedule(interval, span + interval + delay, delay)


def ago(length: int) -> str:
    """Write a moment as Kibana's rules do."""
    return f"now-{length}s" if length % _MINUTE else f"now-{length // _MINUTE}m"
