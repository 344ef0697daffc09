"""The connection to Kibana: pages, secrets, and servers that are none."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rekey.cli.main import run
from rekey.deploy.kibana import Kibana
from rekey.endpoint import Credential, endpoint
from rekey.errors import ExitCode
from tests.deploy.stage import Stage
from tests.fakes.kibana_fake import API_KEY, KibanaFake


def test_all_pages_are_read(kibana: KibanaFake) -> None:
    kibana.rules.update({f"r{n}": {"rule_id": f"r{n}"} for n in range(1203)})
    with Kibana(endpoint(kibana.url, Credential("api_key", API_KEY))) as connection:
        assert [rule["rule_id"] for rule in connection.rules()] == list(kibana.rules)


def test_no_key_in_any_file_or_output(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy()
    said = capsys.readouterr()
    files = [file.read_text() for file in stage.folder.rglob("*") if file.is_file()]
    assert len(files) == 3
    assert all(API_KEY not in text for text in (*files, said.out, said.err))
    assert API_KEY not in repr(endpoint(stage.kibana.url, Credential("api_key", API_KEY)))


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_is_none_is_not_shown(
    stage: Stage, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIBANA_API_KEY", key)
    assert stage.plan() == ExitCode.USAGE
    assert key not in capsys.readouterr().err


@pytest.fixture
def other(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that answers everything with the same text."""
    text: bytes = request.param

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("other", [b"<html>", b"[]", b"{}", b'{"data": 3}'], indirect=True)
def test_what_is_no_kibana(stage: Stage, other: str) -> None:
    package = str(stage.folder / "package")
    code = run(["deploy", "plan", "--target", "elastic", "--url", other, "--package", package])
    assert code == ExitCode.INCOMPLETE
