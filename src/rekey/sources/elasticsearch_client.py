"""A connection to Elasticsearch, as the client library wants it."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from rekey.endpoint import Endpoint

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_SECONDS: Final = 60


def connect(server: Endpoint) -> "Elasticsearch":
    """Give a client; nothing is sent yet."""
    from elasticsearch import Elasticsearch

    parts = urlsplit(server.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)  # the client wants it said
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return Elasticsearch(
        f"{parts.scheme}://{host}:{port}{parts.path}",
        headers=server.headers,
        ssl_context=server.tls if server.url.startswith("https:") else None,
        request_timeout=_SECONDS,
        max_retries=3,
        retry_on_timeout=False,
    )
