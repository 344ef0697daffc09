"""Heads arrive where they are sent, over real sockets."""

import json
import socket
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from rekey.journal.interface import Head
from rekey.journal.sinks import FileSink, HttpSink, SyslogSink

HEADS = [
    Head("j", number, "0" * 64, datetime(2026, 11, 24, tzinfo=UTC), "intent", "r")
    for number in (1, 2)
]
LINES = [json.dumps(head.document(), sort_keys=True) for head in HEADS]


def test_file(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "heads")
    sink.ship(HEADS[:1])
    sink.ship(HEADS[1:])
    assert (tmp_path / "heads").read_text().splitlines() == LINES
    with pytest.raises(OSError, match="No such file"):
        FileSink(tmp_path / "no" / "heads").ship(HEADS)


def test_syslog_over_udp_and_its_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        SyslogSink(receiver.getsockname(), tcp=False).ship(HEADS)
        got = [receiver.recv(4096).decode() for _ in HEADS]
    assert got == [f"<37>rekey-journal: {line}\n" for line in LINES]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "log"))
        receiver.settimeout(5)
        SyslogSink(str(tmp_path / "log")).ship(HEADS[:1])
        assert receiver.recv(4096).decode() == got[0]


def test_syslog_over_tcp() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        SyslogSink(server.getsockname()).ship(HEADS)
        connection, _ = server.accept()
        with connection:
            got = connection.makefile().read()
    assert [line.partition("rekey-journal: ")[2] for line in got.splitlines()] == LINES


class Collector(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    got: ClassVar[list[tuple[str | None, str]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.got.append((self.headers["Authorization"], body))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


def test_http() -> None:
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/collect?token=canary"
            sink = HttpSink(url, "Splunk canary")
            sink.ship(HEADS)
            assert "canary" not in sink.name
            Collector.status = 403
            with pytest.raises(OSError, match="answered 403"):
                sink.ship(HEADS)
        finally:
            server.shutdown()
            thread.join()
    assert Collector.got[0] == ("Splunk canary", "".join(line + "\n" for line in LINES))
    with pytest.raises(OSError, match="no answer") as refused:
        HttpSink(url).ship(HEADS)
    assert "canary" not in str(refused.value)
