"""Where a rule is run: the server, an index, and the documents of one fixture in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
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


Fields = Mapping[str, Any]
"""Values by dotted name."""

Documents = Mapping["Lateness | None", list[Seen]]
"""Documents by lateness, in the same order everywhere; ``None``: each is there as it happens."""


class Shelf:
    """Fixtures that were indexed together.

    They are searched together too: what a search costs is its query, whatever it finds.
    """

    def __init__(self, client: Elasticsearch, index: str, labels: Iterable[str]) -> None:
        self._client, self._index, self._labels = client, index, sorted(labels)
        self._found: dict[str, Mapping[str, list[Fields]] | None] = {}
        """``None`` where one answer does not hold all of them: each is asked for alone."""
        self._passed: dict[str, Sequence[str] | None] = {}

    def passing(self, query: str) -> Sequence[str] | None:
        """Give the ids of documents that an ES|QL query, which looks at each alone, lets pass.

        Args:
            query: it keeps ``_id``.

        Returns:
            ``None`` where one answer does not hold them.
        """
        if query not in self._passed:
            answer = self._client.esql.query(
                query=f"{query}\n| KEEP _id\n| LIMIT {_MOST}",
                filter={"terms": {LABEL: self._labels}},
            )
            ids = [row[0] for row in answer["values"]]
            self._passed[query] = ids if len(ids) < _MOST else None
        return self._passed[query]

    def fields(self, label: str, names: Iterable[str], filters: Sequence[Query]) -> list[Fields]:
        """Give some fields of a fixture's documents that a search selects, times in full.

        Raises:
            TooMany: even alone it has more than one answer holds.
        """
        wanted = sorted(names)
        asked = json.dumps([wanted, filters])
        if asked not in self._found:
            try:
                self._found[asked] = self._search(self._labels, wanted, filters)
            except TooMany:
                self._found[asked] = None
        found = self._found[asked]
        if found is None:
            found = self._search([label], wanted, filters)
        return found.get(label, [])

    def _search(
        self, labels: Sequence[str], names: Sequence[str], filters: Sequence[Query]
    ) -> Mapping[str, list[Fields]]:
        answer = self._client.search(
            index=self._index, size=_MOST, source=False,
            query={"bool": {"filter": [{"terms": {LABEL: labels}}, *filters]}},
            fields=[{"field": name, "format": _FORMAT} for name in names] + [{"field": LABEL}],
        )  # fmt: skip
        if answer["hits"]["total"]["value"] > _MOST or answer["hits"]["total"]["relation"] != "eq":
            raise TooMany(f"{', '.join(labels)}: more than {_MOST} documents")
        found: dict[str, list[Fields]] = {}
        for hit in answer["hits"]["hits"]:
            [label] = hit["fields"].pop(LABEL)
            found.setdefault(label, []).append(hit["fields"])
        return found


class TooMany(RuntimeError):
    """More documents than one answer holds."""


@dataclass(frozen=True)
class Place:
    """The documents that a rule may see.

    Attributes:
        client: the server.
        index: where the documents are.
        label: what the fixture's documents are labelled with.
        shelf: where they stand beside others.
    """

    client: Elasticsearch
    index: str
    label: str
    shelf: Shelf

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
        found = [_times(each) for each in self.shelf.fields(self.label, wanted, filters)]
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
