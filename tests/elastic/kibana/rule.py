"""A detection rule as Kibana's API takes it.

https://www.elastic.co/guide/en/security/8.19/rules-api-create.html
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

ABOUT: Final = frozenset(
    {
        "actions", "author", "building_block_type", "description", "enabled", "false_positives",
        "immutable", "investigation_fields", "license", "max_signals", "meta", "name", "note",
        "output_index", "references", "related_integrations", "required_fields", "risk_score",
        "risk_score_mapping", "rule_id", "rule_name_override", "rule_source", "setup", "severity",
        "severity_mapping", "tags", "threat", "throttle", "version",
    }
)  # fmt: skip
"""What says something about a rule and changes nothing of what it finds."""


class NotExecuted(Exception):
    """A rule asks for something that is not executed here."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cardinality(_Part):
    """How many distinct values of a field a group must hold."""

    field: str
    value: int


class Threshold(_Part):
    """How many documents a group must hold."""

    field: tuple[str, ...] = Field(min_length=1)
    value: int
    cardinality: tuple[Cardinality, ...] = ()


class Filter(BaseModel):
    """A filter pill: a query of the query DSL, perhaps negated or switched off."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    meta: Mapping[str, Any] = {}
    query: Mapping[str, Any]
    state: Mapping[str, Any] | None = Field(None, alias="$state")

    @property
    def negated(self) -> bool:
        """Say whether documents that match are left out."""
        return bool(self.meta.get("negate"))

    @property
    def disabled(self) -> bool:
        """Say whether the filter counts at all."""
        return bool(self.meta.get("disabled"))


class Rule(_Part):
    """What decides when a rule alerts."""

    type: Literal["query", "threshold", "new_terms", "esql", "eql"]
    rule_id: str
    name: str
    language: Literal["kuery", "lucene", "esql", "eql"]
    query: str
    index: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    start: str = Field(alias="from")
    end: Literal["now"] = Field("now", alias="to")
    interval: str
    threshold: Threshold | None = None
    new_terms_fields: tuple[str, ...] = Field((), max_length=3)
    history_window_start: str | None = None
    timestamp_override: str | None = None
    timestamp_override_fallback_disabled: bool = False
    timestamp_field: str | None = None
    tiebreaker_field: str | None = None
    exceptions_list: tuple[()] = ()

    @model_validator(mode="after")
    def _complete(self) -> "Rule":
        needs = {"threshold": self.threshold, "new_terms": self.new_terms_fields}
        if self.type in needs and not needs[self.type]:
            raise ValueError(f"a rule of type {self.type} lacks its own part")
        if self.type == "new_terms" and not self.history_window_start:
            raise ValueError("a rule of type new_terms lacks history_window_start")
        fitting = {"esql": ("esql",), "eql": ("eql",)}.get(self.type, ("kuery", "lucene"))
        if self.language not in fitting:
            raise ValueError(f"a rule of type {self.type} cannot be written in {self.language}")
        if (self.type == "esql") == bool(self.index):
            raise ValueError("ES|QL names its index itself, the other types in index")
        if self.type == "esql" and self.filters:
            raise ValueError("rules in ES|QL have no filters")
        return self


def read(document: Mapping[str, Any]) -> Rule:
    """Read a rule, refusing every key that is not known.

    Raises:
        pydantic.ValidationError: the rule has a part that is not executed here.
    """
    wanted = {"rule_id", "name"}
    return Rule.model_validate({k: v for k, v in document.items() if k in wanted or k not in ABOUT})
