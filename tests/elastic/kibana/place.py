"""Where a rule is run: the server, an index, and the documents of one fixture in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from elasticsearch import Elasticsearch

from tests.elastic.kibana.rule import Rule
from tests.elastic.kibana.search import Query, condition

LABEL: Final = "rekey_fixture"
"""Keyword field by which documents of different fixtures share an index without mixing."""

_MOST: Final = 10_000


@dataclass(frozen=True)
class Place:
    """The documents that a rule may see.

    Attributes:
        client: the server.
        index: where the documents are.
        label: what the fixture's documents are labelled with.
        sparing: where many runs would each cost a query, try those after the first and the last
            documents alone. For rules that are to stay quiet: a run that fires ends the search.
    """

    client: Elasticsearch
    index: str
    label: str
    sparing: bool = False

    def only(self, *filters: Query) -> Query:
        """Restrict a search to this fixture's documents."""
        return {"bool": {"filter": [{"term": {LABEL: self.label}}, *filters]}}

    def times(self, rule: Rule, *filters: Query) -> list[datetime]:
        """Find when documents happened, by the rule's own clock, in order of time."""
        clock = rule.timestamp_override or "@timestamp"
        fields = [{"field": name, "format": "strict_date_time"} for name in {clock, "@timestamp"}]
        answer = self.client.search(
            index=self.index, query=self.only(*filters), size=_MOST, source=False, fields=fields
        )
        if answer["hits"]["total"]["value"] > _MOST:
            raise RuntimeError(f"{self.label} holds more than {_MOST} documents")
        return sorted(_time(hit["fields"], clock) for hit in answer["hits"]["hits"])

    def matching(self, rule: Rule) -> list[datetime]:
        """Find when documents happened that the rule's query selects."""
        return self.times(rule, condition(rule))


def _time(fields: dict[str, Any], clock: str) -> datetime:
    return datetime.fromisoformat((fields.get(clock) or fields["@timestamp"])[0])
