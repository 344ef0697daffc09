"""Every bucket of a composite aggregation, page by page.

Composite buckets leave out documents that lack one of the fields
(https://www.elastic.co/docs/reference/aggregations/search-aggregations-bucket-composite-aggregation,
*Missing bucket*).
"""

from collections.abc import Sequence
from typing import Any, Final

from elasticsearch import Elasticsearch

_PAGE: Final = 1000

_TOGETHER: Final = 200
"""Searches in one request."""


def buckets(
    client: Elasticsearch,
    index: str,
    searches: Sequence[tuple[dict[str, Any], tuple[str, ...], dict[str, Any]]],
) -> list[list[dict[str, Any]]]:
    """Run searches together; give the buckets of each.

    Args:
        client: the server.
        index: where to search.
        searches: query, fields to group by, aggregations within each group.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in searches]
    waiting: dict[int, dict[str, Any] | None] = dict.fromkeys(range(len(searches)))
    while waiting:
        asked = list(waiting.items())[:_TOGETHER]
        for number, _ in asked:
            del waiting[number]
        lines: list[dict[str, Any]] = []
        for number, after in asked:
            lines += [{"index": index}, _body(*searches[number], after)]
        answers = client.msearch(searches=lines, max_concurrent_searches=2)["responses"]
        for (number, _), answer in zip(asked, answers, strict=True):
            if "error" in answer:
                raise RuntimeError(f"Elasticsearch refuses the search: {answer['error']}")
            groups = answer["aggregations"]["groups"]
            found[number] += groups["buckets"]
            if "after_key" in groups and len(groups["buckets"]) == _PAGE:
                waiting[number] = groups["after_key"]
    return found


def _body(
    query: dict[str, Any],
    fields: tuple[str, ...],
    inner: dict[str, Any],
    after: dict[str, Any] | None,
) -> dict[str, Any]:
    sources = [{field: {"terms": {"field": field}}} for field in fields]
    composite = {"size": _PAGE, "sources": sources} | ({"after": after} if after else {})
    groups: dict[str, Any] = {"composite": composite}
    if inner:
        groups["aggs"] = inner
    return {"size": 0, "query": query, "aggs": {"groups": groups}}
