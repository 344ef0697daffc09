"""The two ways in which logs lie in Elasticsearch: by Elastic's integrations, or as they are."""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from rekey.converters.registry import LogSourceFields
from tests.elastic.indices import Indices
from tests.elastic.integration import Document, document, event_time
from tests.elastic.kibana.place import Place
from tests.elastic.pipelines import PIPELINES
from tests.elastic.tables import STREAMS, mapping, table

Record = Mapping[str, Any]


class Schema(Protocol):
    """Puts records into Elasticsearch, and knows what can be asked there."""

    def place(
        self, source: LogSourceFields, records: Mapping[str, Iterable[Record]], late: timedelta
    ) -> dict[str, Place]:
        """Index records under their labels, some of which come late."""
        ...

    def objection(self, source: LogSourceFields, field: str) -> str | None:
        """Say what is wrong with asking for a field; ``None`` if nothing is."""
        ...


class Integrations:
    """As Elastic's integrations index (``--schema ecs``)."""

    def __init__(self, indices: Indices) -> None:
        self._indices = indices

    def place(
        self, source: LogSourceFields, records: Mapping[str, Iterable[Record]], late: timedelta
    ) -> dict[str, Place]:
        """Index records as their integration does."""
        stream = STREAMS[source.name]
        index = self._indices.make(f"logs-{stream}", mapping(stream))
        documents = {label: [document(r, source) for r in each] for label, each in records.items()}
        return self._indices.fill(index, documents, late)

    def objection(self, source: LogSourceFields, field: str) -> str | None:
        """Object to what no table lists, and to what is not emulated."""
        stream = STREAMS[source.name]
        if table(stream).type_of(field) is None:
            return f"no table lists {field}"
        why = PIPELINES[stream].lacks(field)
        return f"{field} cannot be tested here: {why}" if why else None


class AsTheyAre:
    """Plain JSON under the index templates that the build writes (``--schema raw``)."""

    def __init__(self, indices: Indices, templates: Path) -> None:
        self._indices = indices
        self._mappings = {
            name: json.loads(file.read_bytes())["template"]["mappings"]
            for name in STREAMS
            for file in [templates / f"rekey-{name}.json"]
        }

    def place(
        self, source: LogSourceFields, records: Mapping[str, Iterable[Record]], late: timedelta
    ) -> dict[str, Place]:
        """Index records as they are."""
        index = self._indices.make(f"rekey-{source.name}", self._mappings[source.name])
        documents = {
            label: [Document(None, dict(r), event_time(r, source)) for r in each]
            for label, each in records.items()
        }
        return self._indices.fill(index, documents, late)

    def objection(self, source: LogSourceFields, field: str) -> str | None:
        """Object to what the template does not map."""
        mapped = self._mappings[source.name]
        for key in field.split("."):
            below = mapped.get("properties", {}) | mapped.get("fields", {})
            if key not in below:
                return f"the index template lacks {field}"
            mapped = below[key]
        return None
