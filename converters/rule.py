"""What a rule is, once its file has been read: base rules, an optional correlation, directives."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from sigma.conditions import (
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionValueExpression,
)

from rekey.alert import Level, RuleRef
from rekey.converters.registry import LogSourceFields

Condition = ConditionItem | ConditionFieldEqualsValueExpression | ConditionValueExpression
"""A node of pySigma's parsed condition tree."""

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds(span: str) -> int:
    """Turn ``90s``, ``15m``, ``1h``, ``30d``, ``2w`` into seconds.

    Raises:
        ValueError: anything else. Months and years have no fixed length and are refused.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,6})([smhdw])", span)
    if not match:
        raise ValueError(f"{span!r} is not a time span such as 90s, 15m, 1h, 30d or 2w")
    return int(match[1]) * _UNITS[match[2]]


def _checked(span: str) -> str:
    seconds(span)
    return span


Span = Annotated[str, AfterValidator(_checked)]

Plain = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./:@ -]+$")]
"""A value that every engine's language takes between quotes as it is."""


class Kind(StrEnum):
    """How a rule decides."""

    SINGLE = "single"
    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    FIRST_SEEN = "first_seen"
    DORMANT = "dormant"


class _Directive(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FirstSeen(_Directive):
    """A value is new to an identity that has been watched long enough."""

    history: Span
    """How long a value stays known after it was last seen."""
    maturity: Span
    """How long an identity must have been watched before its new values count."""
    min_events: int = 50
    """How many base events it must have had before."""
    ordinary: tuple[Plain, ...] = ()
    """Values that are nothing new to anybody: their events show how well an identity is known, no more."""


class Dormant(_Directive):
    """An identity acts again after a silence out of character."""

    gap: Span
    factor: float = 3.0
    """The silence must also exceed this many times its longest earlier one."""


class Evasion(_Directive):
    """How an attacker slips past a rule, and what catches that."""

    how: str
    caught_by: str | None
    because: str | None = None
    proof: str | None = None
    """A fixture of the rule that shows the evading act: the rule stays quiet, the other one fires."""


class Survivor(_Directive):
    """A mutation of the rule that no fixture can catch."""

    mutation: str
    because: str


class Directives(_Directive):
    """``x-rekey``: what Sigma has no words for."""

    playbook: str
    entities: dict[str, str]
    budget: float
    lookalikes: tuple[str, ...] = ()
    evasion: tuple[Evasion, ...] = ()
    knobs: dict[str, str] = {}
    survivors: tuple[Survivor, ...] = ()
    title_in_part: str | None = None
    """The title where an engine cannot see all that the rule looks for, and the other would promise more."""
    first_seen: FirstSeen | None = None
    dormant: Dormant | None = None


@dataclass(frozen=True)
class BaseRule:
    """One Sigma detection over one log source."""

    name: str
    id: str
    source: LogSourceFields
    condition: Condition


@dataclass(frozen=True)
class Correlation:
    """How matches of the base rules combine. ``timespan`` in seconds."""

    group_by: tuple[str, ...]
    timespan: int
    operator: str = "gte"
    count: int = 1
    field: str | None = None
    aliases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Alias → base rule name → raw field."""

    def field_of(self, key: str, base: str) -> str:
        """Resolve a group-by key for one base rule."""
        return dict(dict(self.aliases).get(key, ())).get(base, key)


@dataclass(frozen=True, repr=False)
class Rule:
    """A rule with everything that an engine needs. Identity is :attr:`path`."""

    path: str
    file: Path
    id: str
    title: str
    description: str
    level: Level
    status: str
    kind: Kind
    tags: tuple[str, ...]
    bases: tuple[BaseRule, ...]
    correlation: Correlation | None
    directives: Directives
    documents: tuple[dict[str, Any], ...]
    """The YAML as it was read, for linting, mutation and documentation."""

    def __repr__(self) -> str:
        """Short: a rule holds its whole log source."""
        return f"Rule({self.path!r})"

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the log sources that it reads, each once."""
        return tuple(dict.fromkeys(base.source.name for base in self.bases))

    @property
    def ref(self) -> RuleRef:
        """The short form that alerts carry."""
        return RuleRef(
            path=self.path, id=self.id, title=self.title, level=self.level, tags=self.tags,
            playbook=self.directives.playbook,
        )  # fmt: skip

    def group_fields(self, base: BaseRule) -> tuple[str, ...]:
        """Raw or derived fields by which matches of one base rule are grouped."""
        if self.correlation is None:
            return ()
        return tuple(self.correlation.field_of(k, base.name) for k in self.correlation.group_by)
