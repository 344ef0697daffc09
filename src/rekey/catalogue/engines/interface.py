"""What a rule becomes in an engine, whichever it is."""

from dataclasses import dataclass
from enum import StrEnum


class Engine(StrEnum):
    """The engines, by the titles that people read."""

    DUCKDB = "embedded engine (DuckDB)"
    SPLUNK = "Splunk"
    ELASTIC_ECS = "Elastic, integrations"
    ELASTIC_RAW = "Elastic, raw documents"


@dataclass(frozen=True)
class Text:
    """A query as text.

    Attributes:
        language: as the first line of a code block names it.
    """

    language: str
    text: str


@dataclass(frozen=True)
class Said:
    """A rule that an engine can say.

    Attributes:
        form: the kind of search or rule that it becomes there.
        query: what decides; ``None`` where it is of no use to a reader.
        notes: what the query alone does not tell, as Markdown.
        differences: where it says more or less than the rule, in the compiler's words.
    """

    form: str
    query: Text | None = None
    notes: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A rule that an engine cannot say, and why."""

    reason: str


Outcome = Said | Refused
