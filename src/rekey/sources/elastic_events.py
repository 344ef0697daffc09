"""Events from a live Elasticsearch: all of a time, in order, from one point in time.

Source: paginate with a point in time and ``search_after``,
https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from rekey.converters.elastic.schema import Schema
from rekey.converters.registry import LogSourceFields, registry
from rekey.sources.elastic_rebuild import Rebuilder, value_at
from rekey.sources.live import LiveError, Loss, Span

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_PAGE: Final = 500
"""Documents that are held at a time: audit records may be large."""
_ALIVE: Final = "2m"
_CONTEXT: Final = "orchestrator.cluster.name"
_ECS, _RAW = Schema("ecs"), Schema("raw")


class ElasticEvents:
    """The log sources that the registry knows, as Elastic's integrations or we index them.

    Args:
        client: the connection.
        name: how the report calls it.
        span: the time of the events.
        source: only this log source.
        namespace: only data streams of this namespace, the end of their names.
    """

    def __init__(
        self, client: "Elasticsearch", name: str, span: Span, source: str | None = None,
        namespace: str = "*",
    ) -> None:  # fmt: skip
        self._client, self.name, self._span, self._namespace = client, name, span, namespace
        self._sources = [s for s in registry().values() if source in (None, s.name)]
        self.loss = Loss()

    def lines(self) -> Iterator[bytes]:
        """Yield records, wrapped where the wrapping says more."""
        for source in self._sources:
            rebuilder = Rebuilder(source)
            hits = self._hits(_ECS.index(source), "@timestamp")
            for hit in hits:
                yield orjson.dumps(self._record(hit["_source"], source, rebuilder)) + b"\n"
            for hit in self._hits(_RAW.index(source), _RAW.time(source)):
                yield orjson.dumps(hit["_source"]) + b"\n"

    def _record(
        self, document: Mapping[str, Any], source: LogSourceFields, rebuilder: Rebuilder
    ) -> dict[str, Any]:
        """Give the record as it was logged, or else as far as it was indexed."""
        original = value_at(document, "event.original")
        if not isinstance(original, str) or not original.strip():
            self.loss.count(source.name)
            record = rebuilder.record(document)
        else:
            record = {"event.original": original}
        context = value_at(document, _CONTEXT)
        if isinstance(context, str):
            # A wrapper that names the cluster, as a search response does.
            return {_CONTEXT: context, "hits": [record]}
        return record

    def _hits(self, indices: Sequence[str], time: str) -> Iterator[dict[str, Any]]:
        own = [pattern.removesuffix("*") + self._namespace for pattern in indices]
        return asked(", ".join(own), search_all(self._client, own, time, self._span))


def asked(what: str, hits: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield hits; turn the client's errors into ours.

    Raises:
        LiveError: not all could be read.
    """
    from elasticsearch import ApiError, TransportError

    try:
        yield from hits
    except ApiError as error:
        raise LiveError(
            f"Elasticsearch refused the search in {what} ({error.status_code}: {error.error})",
            hint="The credential (ELASTICSEARCH_API_KEY) needs the privilege read there.",
        ) from error
    except TransportError as error:
        raise LiveError(
            f"the connection to Elasticsearch broke ({type(error).__name__}): nothing is"
            " concluded from a part of the events"
        ) from error


def search_all(
    client: "Elasticsearch", indices: Sequence[str], time: str, span: Span,
    filters: Iterable[dict[str, Any]] = (),
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield every hit of a time, oldest first.

    Raises:
        elasticsearch.ApiError: refused, or a shard did not answer.
        elasticsearch.TransportError: no answer.
    """
    bounds = {"gte": span.begin.isoformat(), "lte": span.end.isoformat()}
    query = {"bool": {"filter": [{"range": {time: bounds}}, *filters]}}
    opened = client.open_point_in_time(
        index=list(indices), keep_alive=_ALIVE, ignore_unavailable=True
    )
    point, after = opened["id"], None
    try:
        while True:
            found = client.search(
                pit={"id": point, "keep_alive": _ALIVE}, query=query, size=_PAGE,
                sort=[{time: {"order": "asc", "unmapped_type": "date"}}, {"_shard_doc": "asc"}],
                search_after=after, track_total_hits=False, allow_partial_search_results=False,
            )  # fmt: skip
            point, hits = found.get("pit_id", point), found["hits"]["hits"]
            yield from hits
            if len(hits) < _PAGE:
                return
            after = hits[-1]["sort"]
    finally:
        client.options(ignore_status=404).close_point_in_time(id=point)
