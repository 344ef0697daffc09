"""Calls to an API server go over one connection, and nothing of one call clings to the next."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rekey.containment.secret import Secret
from rekey.providers.kubernetes.client import Cluster
from rekey.providers.kubernetes.kubeconfig import Access
from rekey.providers.kubernetes.login import Fixed


class Server(BaseHTTPRequestHandler):
    """Notes who comes over which connection, and gives everybody a cookie."""

    protocol_version = "HTTP/1.1"
    came: list[tuple[str, int, str | None]]

    def do_GET(self) -> None:
        own = self.headers
        self.came.append((own["Authorization"], self.client_address[1], own["Cookie"]))
        self.send_response(200)
        self.send_header("Set-Cookie", "session=1")
        body = b'{"kind": "PodList", "items": []}'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    Server.came = []
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
    thread.start()
    trust = ssl.create_default_context()
    address = f"http://127.0.0.1:{listener.server_address[1]}"
    yield Cluster(Access(address, Fixed(Secret("ours")), trust, trust))
    listener.shutdown()
    listener.server_close()
    thread.join()


def test_connections_are_kept_apart_for_us_and_for_others_and_cookies_are_not(
    cluster: Cluster,
) -> None:
    for _ in range(2):
        cluster.read("/api/v1/pods")
        assert cluster.presented(Secret("old"), "GET", "/api/v1/pods") == 200
    ports = {who: {port for name, port, _ in Server.came if name == who} for who, *_ in Server.came}
    assert {name: len(found) for name, found in ports.items()} == {
        "Bearer ours": 1,
        "Bearer old": 1,
    }
    assert ports["Bearer ours"] != ports["Bearer old"], "a certificate would say who we are"
    assert {cookie for *_, cookie in Server.came} == {None}


def test_another_server_of_the_cluster_keeps_its_own(cluster: Cluster) -> None:
    other = cluster.at("http://127.0.0.2:1/")
    assert other.address == "http://127.0.0.2:1"
    assert cluster.at("http://127.0.0.2:1") is other
    assert cluster.at(f"{cluster.address}/") is cluster
