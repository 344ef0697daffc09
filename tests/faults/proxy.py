"""An HTTP proxy that stands before one server and spoils chosen exchanges.

    with FaultProxy(server) as proxy:
        proxy.plan(Refuse(429, headers=(("Retry-After", "1"),)), at=3)
        proxy.plan(Hang(), at=lambda request: b"Action=CreateAccessKey" in request.body)

Requests go on as they came, ``Host`` included, so that signatures hold. Bodies and answers are read
whole: it suits control planes, not streams.
"""

import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import urllib3
from urllib3.util import SKIP_HEADER

from tests.faults.exchange import Answer, Dropped, Request, Seen, Where, caller, public
from tests.faults.faults import Fault, Stale

_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
"""Headers for one connection only: https://www.rfc-editor.org/rfc/rfc9110#field.connection"""
_READS: Final = frozenset({"GET", "HEAD", "LIST", "OPTIONS"})
_TIMEOUT_SECONDS: Final = 60


@dataclass
class _Planned:
    fault: Fault
    where: Where
    left: int | None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed hears no answer; everything else is told."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


class FaultProxy:
    """Listens on the loopback interface while it is entered.

    Args:
        upstream: address of the server.
        tls: certificate and key of the listener; without them it speaks plain HTTP.
        upstream_ca: what signed the server's certificate.
        upstream_certificate: certificate and key that the proxy shows to the server; a client's own
            cannot pass through.
        name: calls a request by a name, for :attr:`seen`.
        reads: says whether a request only reads; for :class:`Stale`.
    """

    def __init__(
        self, upstream: str, *, tls: tuple[Path, Path] | None = None,
        upstream_ca: Path | None = None, upstream_certificate: tuple[Path, Path] | None = None,
        name: Callable[[Request], str] = lambda one: f"{one.method} {one.path}",
        reads: Where = lambda one: one.method in _READS,
    ) -> None:  # fmt: skip
        self._upstream, self._name, self._reads = upstream.rstrip("/"), name, reads
        certificate, key = upstream_certificate or (None, None)
        self._pool = urllib3.PoolManager(
            maxsize=8, retries=False, timeout=_TIMEOUT_SECONDS,
            ca_certs=str(upstream_ca) if upstream_ca else None,
            cert_file=str(certificate) if certificate else None,
            key_file=str(key) if key else None,
        )  # fmt: skip
        self._server, self._scheme = _Listener(("127.0.0.1", 0), _handler(self)), "http"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            self._scheme = "https"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._lock, self._closed = threading.Lock(), threading.Event()
        self.reset()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def seen(self) -> list[Seen]:
        """All exchanges that are over, in the order in which they began."""
        with self._lock:
            return sorted(self._seen, key=lambda one: one.number)

    def plan(self, fault: Fault, at: int | Where, times: int | None = 1) -> None:
        """Let a fault happen.

        Args:
            fault: what happens.
            at: the number of a request, or what picks requests.
            times: how often; ``None`` for always.
        """
        where = (lambda request: request.number == at) if isinstance(at, int) else at
        with self._lock:
            self._planned.append(_Planned(fault, where, times))

    def reset(self) -> None:
        """Forget all faults, all that was seen, and begin to number anew."""
        with self._lock:
            self._numbers: Iterator[int] = count(1)
            self._planned: list[_Planned] = []
            self._seen: list[Seen] = []
            self._known: dict[object, Answer] = {}
            self._stale: dict[object, tuple[Answer, int]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._pool.clear()

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer | None:
        """Take a request through its faults to the server; ``None``: the client gets no answer."""
        with self._lock:
            request = Request(next(self._numbers), method, path, public(headers), body,
                              caller(headers))  # fmt: skip
            faults = self._due(request)
        told: list[int] = []

        def forward() -> Answer:
            answer = self._forward(request, headers)
            told.append(answer.status)
            return answer

        for fault in reversed(faults):
            forward = _wrapped(fault, request, forward)
        try:
            with self._noted(request, told) as answered:
                answer = forward()
                answered.append(answer.status)
        except Dropped as dropped:  # noted at once: whoever does not wait for it goes on
            self._closed.wait(float(dropped.args[0]))
            return None
        return answer

    def _due(self, request: Request) -> list[Fault]:
        due = [one for one in self._planned if one.left != 0 and one.where(request)]
        for one in due:
            one.left = one.left - 1 if one.left is not None else None
            if isinstance(one.fault, Stale):
                reads = one.fault.reads
                self._stale = {asked: (known, reads) for asked, known in self._known.items()}
        return [one.fault for one in due]

    @contextmanager
    def _noted(self, request: Request, told: list[int]) -> Iterator[list[int]]:
        answered: list[int] = []
        try:
            yield answered
        finally:
            with self._lock:
                self._seen.append(Seen(
                    request.number, request.method, request.path, self._name(request),
                    told[-1] if told else None, answered[-1] if answered else None,
                    self._reads(request),
                ))  # fmt: skip

    def _forward(self, request: Request, headers: Any) -> Answer:
        """Ask the server, or remember."""
        reads = self._reads(request)
        with self._lock:
            old, left = self._stale.get(request.question, (None, 0))
            if reads and old is not None and left:
                self._stale[request.question] = old, left - 1
                return old
        answer = self._ask(request, headers)
        if reads:
            with self._lock:
                self._known[request.question] = answer
        return answer

    def _ask(self, request: Request, headers: Any) -> Answer:
        given = {name: value for name, value in headers.items() if name.lower() not in _HOP}
        absent = {name for name in ("accept-encoding", "user-agent") if name not in request.headers}
        try:
            found = self._pool.request(
                request.method, self._upstream + request.path, body=request.body or None,
                headers=given | dict.fromkeys(absent, SKIP_HEADER), redirect=False,
                preload_content=True, decode_content=False,
            )  # fmt: skip
        except urllib3.exceptions.HTTPError:
            return Answer(502)
        kept = [(name, value) for name, value in found.headers.items() if name.lower() not in _HOP]
        return Answer(found.status, found.data, tuple(kept))


def _wrapped(fault: Fault, request: Request, inner: Callable[[], Answer]) -> Callable[[], Answer]:
    return lambda: fault.apply(request, inner)


def _handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            answer = proxy.answer(self.command, self.path, self.headers, body)
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_LIST = do_OPTIONS = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: addresses may hold what belongs to nobody's log."""

    return Handler
