"""Requests of a run, recorded at the edge of the HTTP libraries, and made again without rekey."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import httpx
import urllib3
from urllib3.connectionpool import HTTPConnectionPool


@dataclass(frozen=True)
class Request:
    """One request, with its credentials; it stays in memory."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | str | None = field(repr=False)


@dataclass
class Wire:
    """What was sent, and how long the answers took."""

    requests: list[Request] = field(default_factory=list)
    seconds: float = 0.0

    def again(self) -> float:
        """Make the same requests one after another over connections that stay; give the seconds.

        Answers may differ, because the effects are there already; the server works all the same.
        """
        plain = urllib3.PoolManager(retries=False)
        with httpx.Client(verify=False, timeout=20) as secure:  # noqa: S501 - of a server of our own
            started = time.perf_counter()
            for one in self.requests:
                if one.url.startswith("https:"):
                    secure.request(one.method, one.url, headers=one.headers, content=one.body)
                else:
                    plain.request(one.method, one.url, headers=one.headers, body=one.body)
            return time.perf_counter() - started


@contextmanager
def recorded() -> Iterator[Wire]:
    """Record what boto3 and hvac (over urllib3) and the Kubernetes client (over httpx) send."""
    wire, urlopen, handle = Wire(), HTTPConnectionPool.urlopen, httpx.HTTPTransport.handle_request

    def over_urllib3(pool: Any, method: str, url: str, *rest: Any, **given: Any) -> Any:
        where = url if "://" in url else f"{pool.scheme}://{pool.host}:{pool.port}{url}"
        headers = {
            _text(name): _text(value) for name, value in (given.get("headers") or {}).items()
        }
        wire.requests.append(Request(method, where, headers, given.get("body")))
        started = time.perf_counter()
        try:
            return urlopen(pool, method, url, *rest, **given)
        finally:
            wire.seconds += time.perf_counter() - started

    def over_httpx(transport: Any, request: httpx.Request) -> httpx.Response:
        headers = {k: v for k, v in request.headers.items() if k not in ("content-length", "host")}
        wire.requests.append(Request(request.method, str(request.url), headers, request.read()))
        started = time.perf_counter()
        try:
            return handle(transport, request)
        finally:
            wire.seconds += time.perf_counter() - started

    with (
        mock.patch.object(HTTPConnectionPool, "urlopen", over_urllib3),
        mock.patch.object(httpx.HTTPTransport, "handle_request", over_httpx),
    ):
        yield wire


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
