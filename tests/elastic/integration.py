"""A raw record as Elastic's integration indexes it.

Most lines of a table copy a field. What a pipeline does besides (conditions, fallbacks, constants)
is written out for each stream in :mod:`tests.elastic.pipelines`, from the notes of the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rekey.converters.registry import LogSourceFields
from tests.elastic import pipelines
from tests.elastic.kibana.arrival import PROMPT
from tests.elastic.paths import add, first, put, values
from tests.elastic.tables import STREAMS, Row, table


@dataclass(frozen=True)
class Document:
    """What is indexed. ``id`` is ``None`` where Elasticsearch makes one."""

    id: str | None
    body: dict[str, Any]
    time: datetime


def event_time(record: Mapping[str, Any], source: LogSourceFields) -> datetime:
    """Time of a record, as the registry finds it."""
    value = first(record, source.time)
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC)
    return datetime.fromisoformat(str(value))


def document(record: Mapping[str, Any], source: LogSourceFields) -> Document:
    """Turn a raw record into the document that its integration indexes."""
    stream = STREAMS[source.name]
    pipeline = pipelines.PIPELINES[stream]
    cleaned = pipeline.clean(record)
    body: dict[str, Any] = pipeline.start(cleaned)
    for row in table(stream).rows:
        if row.raw and row.indexed and row.raw != "*" and pipeline.copies(row):
            _copy(row, cleaned, body)
    pipeline.finish(cleaned, body)
    time = event_time(record, source)
    put(body, "@timestamp", _text(time))
    put(body, "event.ingested", _text(time + PROMPT))
    put(body, "event.dataset", stream)
    put(body, "data_stream", {"type": "logs", "dataset": stream, "namespace": "default"})
    return Document(pipeline.document_id(record), body, time)


def _copy(row: Row, record: Mapping[str, Any], body: dict[str, Any]) -> None:
    found = values(record, row.raw.removesuffix(".*"))
    if not found or found == [None]:
        return
    if row.indexed.startswith("related."):
        add(body, row.indexed, *found)
    elif "[]" in row.raw:
        put(body, row.indexed, found)
    else:
        put(body, row.indexed.removesuffix(".*"), found[0])


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
