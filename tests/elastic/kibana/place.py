"""Where a rule is run: the server, an index, and the documents of one fixture in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from elasticsearch import Elasticsearch

from tests.elastic.kibana import arrival
from tests.elastic.kibana.arrival import LATENESS, Lateness
from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.search import Query, condition, moment

LABEL: Final = "rekey_fixture"
"""Keyword field by which documents of different fixtures share an index without mixing."""

_MOST: Final = 10_000
_FORMAT: Final = "strict_date_time"


@dataclass(frozen=True, order=True)
class Seen:
    """A document: when it happened by a rule's clock, and when it came."""

    time: datetime
    arrival: datetime


Documents = Mapping["Lateness | None", list[Seen]]
"""Documents by lateness, in the same order everywhere; ``None``: each is there as it happens."""


@dataclass(frozen=True)
class Place:
    """The documents that a rule may see.

    Attributes:
        client: the server.
        index: where the documents are.
        label: what the fixture's documents are labelled with.
    """

    client: Elasticsearch
    index: str
    label: str

    def only(self, *filters: Query) -> Query:
        """Restrict a search to this fixture's documents."""
        return {"bool": {"filter": [{"term": {LABEL: self.label}}, *filters]}}

    def here(self, lateness: Lateness | None, end: datetime) -> Query:
        """Restrict a search to what has come by a moment."""
        if lateness is None:
            return {"match_all": {}}
        return {"range": {f"{arrival.FIELD}.{lateness}": {"lte": moment(end)}}}

    def documents(self, rule: Rule, *filters: Query) -> Documents:
        """Find when documents happened, by the rule's own clock, and when they came."""
        clock = rule.timestamp_override or "@timestamp"
        wanted = {clock, "@timestamp", *(f"{arrival.FIELD}.{each}" for each in LATENESS)}
        answer = self.client.search(
            index=self.index, query=self.only(*filters), size=_MOST, source=False,
            fields=[{"field": name, "format": _FORMAT} for name in sorted(wanted)],
        )  # fmt: skip
        if answer["hits"]["total"]["value"] > _MOST:
            raise RuntimeError(f"{self.label} holds more than {_MOST} documents")
        found = [_times(hit["fields"]) for hit in answer["hits"]["hits"]]
        found.sort(key=lambda times: _happened(times, clock))
        return {each: [_seen(times, clock, each) for times in found] for each in (None, *LATENESS)}

    def matching(self, rule: Rule) -> Documents:
        """Find the documents that the rule's query selects."""
        return self.documents(rule, condition(rule))


def _times(fields: Mapping[str, Any]) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(values[0]) for name, values in fields.items()}


def _happened(times: Mapping[str, datetime], clock: str) -> datetime:
    return times[clock] if clock in times else times["@timestamp"]


def _seen(times: Mapping[str, datetime], clock: str, lateness: Lateness | None) -> Seen:
    happened = _happened(times, clock)
    if lateness is None:
        return Seen(happened, happened)
    came = times[f"{arrival.FIELD}.{lateness}"]
    return Seen(came if clock == arrival.CLOCK and clock in times else happened, came)
