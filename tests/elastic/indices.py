"""The tests' own indices: one for each data stream, made when first needed, removed at the end.

Making an index costs more than filling it, so that all fixtures of a stream share one and a label
keeps them apart.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from tests.elastic.integration import Document
from tests.elastic.kibana import arrival
from tests.elastic.kibana.place import LABEL, Place, Shelf

_SETTINGS: Final = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "refresh_interval": "-1",
    "mapping.total_fields.limit": 5000,
}


_OWN: Final = {
    LABEL: {"type": "keyword"},
    arrival.FIELD: {"properties": {each: {"type": "date"} for each in arrival.LATENESS}},
}
"""What the tests add to every document."""


class Indices:
    """Indices of one session on one server."""

    def __init__(self, client: Elasticsearch) -> None:
        self.client = client
        self._suffix = f"rekey_tests_{uuid.uuid4().hex[:12]}"
        self._made: set[str] = set()

    def make(self, beginning: str, mapping: dict[str, Any]) -> str:
        """Make an index, unless it is there; give its name, ``<beginning>-<suffix>``.

        The template wins over those of a full server, which would make a data stream of it.
        """
        name = f"{beginning}-{self._suffix}"
        if name not in self._made:
            labelled = mapping | {"properties": mapping["properties"] | _OWN}
            self.client.indices.put_index_template(
                name=name,
                index_patterns=[name],
                priority=1000,
                template={"settings": {"index": _SETTINGS}, "mappings": labelled},
            )
            self.client.indices.create(index=name)
            self._made.add(name)
        return name

    def fill(
        self, index: str, labelled: Mapping[str, Iterable[Document]], late: timedelta
    ) -> dict[str, Place]:
        """Index documents under their labels; those with the same id overwrite each other.

        Args:
            index: where.
            labelled: documents by label.
            late: how late some of them come (:mod:`tests.elastic.kibana.arrival`).

        Raises:
            elasticsearch.helpers.BulkIndexError: a document does not fit the mapping.
        """
        actions = []
        for label, documents in labelled.items():
            known = list(documents)
            came = arrival.arrivals([document.time for document in known], late)
            for document, when in zip(known, came, strict=True):
                own = {
                    LABEL: label,
                    arrival.FIELD: {name: time.isoformat() for name, time in when.items()},
                }
                action = {"_index": index, "_source": document.body | own}
                if document.id is not None:
                    action["_id"] = f"{label}/{document.id}"
                actions.append(action)
        bulk(self.client, actions, refresh=True)
        shelf = Shelf(self.client, index, labelled)
        return {label: Place(self.client, index, label, shelf) for label in labelled}

    def remove(self) -> None:
        """Remove all that was made."""
        for name in self._made:
            self.client.indices.delete(index=name)
            self.client.indices.delete_index_template(name=name)
