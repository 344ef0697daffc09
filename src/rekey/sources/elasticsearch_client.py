"""A connection to Elasticsearch, as the client library wants it."""

from typing import TYPE_CHECKING, Final

from rekey.endpoint import Endpoint

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_SECONDS: Final = 60


def connect(server: Endpoint) -> "Elasticsearch":
    """Give a client; nothing is sent yet."""
    from elasticsearch import Elasticsearch

    return Elasticsearch(
        server.url,
        headers=server.headers,
        ssl_context=server.tls if server.url.startswith("https:") else None,
        request_timeout=_SECONDS,
        max_retries=3,
        retry_on_timeout=False,
    )
