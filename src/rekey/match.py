"""A match: what a rule found, before anybody looked at the raw events."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rekey.converters.rule import Rule

SAMPLES: Final = 12
"""Events kept for an alert: the first of each value and step, then the first and last ones."""

EXAMINED: Final = 20_000
"""Events of an alert whose targets are told; of more, those of its first ones."""


@dataclass(frozen=True)
class Match:
    """Firings of one rule and one group that belong together.

    Attributes:
        keys: values of the group-by fields; for single-event rules actor and credential.
        value: the new value of a first-seen rule.
        reached: the count that was reached; days of silence for dormant rules.
        count: matching events.
        seqs: store ids of sample events, in order of time.
        expected: values seen before, most frequent first.
        island: a number that no other match of the rule has in this run. If it has more events than
            samples, the store's table ``matched`` holds them all under it, up to :data:`EXAMINED`.
    """

    rule: Rule
    part: int
    keys: tuple[str | None, ...]
    value: str | None
    reached: int
    count: int
    first: datetime
    last: datetime
    seqs: tuple[int, ...]
    expected: tuple[str, ...] = ()
    island: int = field(default=0, compare=False)
