"""Each fault does to an exchange what it says, and to no other."""

import json
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.faults.exchange import Answer, Request, Seen
from tests.faults.faults import Act, After, Hang, Kill, Lie, Lost, Refuse, Skew, Stale, Worded
from tests.faults.proxy import FaultProxy

COUNT = "/count"


class Counter(BaseHTTPRequestHandler):
    """Counts what was written, and tells the count and how it was asked."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_GET(self) -> None:
        self.tell()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).count += 1
        self.tell()

    do_LIST = do_GET

    def tell(self) -> None:
        said = {"count": type(self).count, "host": self.headers["Host"], "how": self.command}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Counter.count = 0
    found = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=found.serve_forever, args=(0.02,))
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


@pytest.fixture
def proxy(server: ThreadingHTTPServer) -> Iterator[FaultProxy]:
    with FaultProxy(f"http://127.0.0.1:{server.server_address[1]}") as found:
        yield found


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url) as found:
        yield found


def count(client: httpx.Client, **headers: str) -> int:
    return int(client.get(COUNT, headers=headers).json()["count"])


def test_without_a_fault_everything_passes_as_it_came(
    proxy: FaultProxy, client: httpx.Client
) -> None:
    assert client.post(COUNT, content=b"x").json()["count"] == 1
    told = client.request("LIST", COUNT).json()
    assert told == {"count": 1, "host": proxy.url.removeprefix("http://"), "how": "LIST"}
    assert proxy.seen == [
        Seen(1, "POST", COUNT, "POST /count", 200, 200),
        Seen(2, "LIST", COUNT, "LIST /count", 200, 200, reads=True),
    ]


def test_a_refusal_never_reaches_the_server_and_is_over_after_its_time(
    proxy: FaultProxy, client: httpx.Client
) -> None:
    proxy.plan(Refuse(429, b"slow down", (("Retry-After", "7"),)), at=1)
    refused = client.post(COUNT, content=b"x")
    assert (refused.status_code, refused.text) == (429, "slow down")
    assert refused.headers["Retry-After"] == "7"
    assert count(client) == 0
    assert client.post(COUNT, content=b"x").json()["count"] == 1
    assert proxy.seen[0] == Seen(1, "POST", COUNT, "POST /count", None, 429)


def test_a_lie_says_success_and_does_nothing(proxy: FaultProxy, client: httpx.Client) -> None:
    proxy.plan(Lie(body=b'{"count": 99}'), at=lambda one: one.body == b"x", times=None)
    assert [client.post(COUNT, content=b"x").json()["count"] for _ in range(2)] == [99, 99]
    assert client.post(COUNT, content=b"y").json()["count"] == 1


@pytest.mark.parametrize("done", [False, True])
def test_an_answer_that_depends_on_the_request(
    proxy: FaultProxy, client: httpx.Client, done: bool
) -> None:
    proxy.plan(Worded(lambda request: Answer(202, request.body), done), at=1)
    answer = client.post(COUNT, content=b"x")
    assert (answer.status_code, answer.text) == (202, "x")
    assert count(client) == done


def test_an_error_after_the_deed(proxy: FaultProxy, client: httpx.Client) -> None:
    proxy.plan(After(503), at=1)
    assert client.post(COUNT, content=b"x").status_code == 503
    assert count(client) == 1
    assert proxy.seen[0] == Seen(1, "POST", COUNT, "POST /count", 200, 503)


def test_an_answer_that_is_lost_and_a_request_that_is(
    proxy: FaultProxy, client: httpx.Client
) -> None:
    proxy.plan(Hang(), at=1)
    proxy.plan(Lost(), at=2)
    for expected in (1, 1):
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(COUNT, content=b"x")
        assert Counter.count == expected
    assert [one.answered for one in proxy.seen] == [None, None]


def test_an_answer_for_which_nobody_waits_long_enough(
    proxy: FaultProxy, client: httpx.Client
) -> None:
    proxy.plan(Hang(30), at=1)
    with pytest.raises(httpx.ReadTimeout):
        client.post(COUNT, content=b"x", timeout=0.2)
    assert Counter.count == 1


def test_reads_lag_behind_a_write_for_each_who_had_asked(
    proxy: FaultProxy, client: httpx.Client
) -> None:
    proxy.plan(Stale(2), at=lambda one: one.method == "POST")
    ada, bob, cem = ({"Authorization": f"Bearer {name}"} for name in "abc")
    assert count(client, **ada) == count(client, **bob) == 0
    client.post(COUNT, content=b"x")
    assert [count(client, **ada) for _ in range(3)] == [0, 0, 1]
    assert [count(client, **bob) for _ in range(3)] == [0, 0, 1]
    assert count(client, **cem) == 1, "who had not asked before cannot get an old answer"


def test_a_clock_that_is_off(proxy: FaultProxy, client: httpx.Client) -> None:
    proxy.plan(Skew(-3600), at=1)
    told = parsedate_to_datetime(client.get(COUNT).headers["Date"])
    assert abs(datetime.now(UTC) - timedelta(hours=1) - told) < timedelta(minutes=1)


@pytest.mark.parametrize(("when", "expected"), [("before", 0), ("after", 1)])
def test_a_client_dies_on_this_or_that_side_of_the_deed(
    proxy: FaultProxy, client: httpx.Client, when: str, expected: int
) -> None:
    # Never waits for its answer: what it would do then is not under test.
    child = subprocess.Popen(["sleep", "60"])
    proxy.plan(Kill(lambda: child.pid, when), at=1)  # type: ignore[arg-type]
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(COUNT, content=b"x")
    assert child.wait(10) == -signal.SIGKILL
    assert count(client) == expected


def test_somebody_acts_in_between(proxy: FaultProxy, client: httpx.Client) -> None:
    said: list[int] = []
    proxy.plan(Act(lambda: said.append(Counter.count)), at=1)
    proxy.plan(Act(lambda: said.append(Counter.count), "after"), at=1)
    client.post(COUNT, content=b"x")
    assert said == [0, 1]


def test_faults_that_fit_one_request_wrap_each_other(
    proxy: FaultProxy, client: httpx.Client
) -> None:
    said: list[str] = []
    proxy.plan(Act(lambda: said.append("he came too late"), "after"), at=1)
    proxy.plan(Refuse(403), at=1)
    assert client.post(COUNT, content=b"x").status_code == 403
    assert said == ["he came too late"]


def test_no_secret_is_kept(server: ThreadingHTTPServer) -> None:
    requests: list[Request] = []

    def hears(request: Request) -> bool:
        requests.append(request)
        return False

    where = f"http://127.0.0.1:{server.server_address[1]}"
    with FaultProxy(where) as proxy, httpx.Client(base_url=proxy.url) as client:
        proxy.plan(Lost(), at=hears)
        signed = "AWS4-HMAC-SHA256 Credential=AKIA1/20261124/aws4_request, Signature=hush"
        client.get(COUNT, headers={"X-Vault-Token": "hush", "x-amz-security-token": "hush"})
        client.get(COUNT, headers={"Authorization": signed + "1"})
        client.get(COUNT, headers={"Authorization": signed + "2"})
        assert "hush" not in repr(requests) + repr(proxy.seen)
        assert requests[1].who == requests[2].who != requests[0].who, "one key, signed twice"


def test_tls_on_both_sides(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    trust = ssl.create_default_context(cafile=certificate)
    plain = f"http://127.0.0.1:{server.server_address[1]}"
    with (
        FaultProxy(plain, tls=(certificate, key)) as inner,
        FaultProxy(inner.url, tls=(certificate, key), upstream_ca=certificate) as outer,
        httpx.Client(verify=trust, base_url=outer.url) as client,
    ):
        assert client.get(COUNT).json()["count"] == 0
        assert [len(inner.seen), len(outer.seen)] == [1, 1]


def test_the_server_is_away(tmp_path: Path) -> None:
    with FaultProxy("http://127.0.0.1:1") as proxy:
        assert httpx.get(proxy.url).status_code == 502


def test_it_is_gone_when_it_is_left(server: ThreadingHTTPServer) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the folder changes under our hands
    with FaultProxy(f"http://127.0.0.1:{server.server_address[1]}") as proxy:
        httpx.get(proxy.url)
        url = proxy.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208
