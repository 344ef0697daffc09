"""A stateful fake of Splunk's management port: no Splunk can be had for tests.

What it does, and where that is documented:

- 401 without a valid bearer token; ``output_mode=json`` gives ``entry`` with ``name``, ``content`` and
  ``acl``; 404 for what is not there:
  https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTUM/RESTusing
- ``apps/local/<app>``, ``saved/searches``, ``configs/conf-<file>``, ``storage/collections/config``:
  https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTREF/RESTprolog
- an app's ``default/`` under what ``local/`` says, setting by setting:
  https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Wheretofindtheconfigurationfiles
- ``server/info`` tells the version in Atom; the SDK chooses version 2 of the search endpoints by it:
  https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTREF/RESTintrospect
- ``search/jobs/export`` streams one JSON object a line, previews among them, messages as such;
  the last row of a set is marked ``lastrow``:
  https://docs.splunk.com/Documentation/Splunk/9.4.0/RESTREF/RESTsearch
- ``alerts/fired_alerts/-`` lists what was triggered and has not expired, one entry for each alert, with
  ``sid``, ``savedsearch_name`` and ``trigger_time`` in seconds; ``search/v2/jobs/<sid>/results`` gives the
  job's results, 204 where there are none, 404 for a job that is gone: RESTsearch, as above

Not there: searches are not run. An export gives the events that a test put under its first line.
"""

import json
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN: Final = "the-token-of-the-fake"  # noqa: S105
_BASE: Final = "/servicesNS/nobody/rekey/"

Stanzas = dict[str, dict[str, str]]


@dataclass
class SplunkRestFake:
    """A server on a free loopback port.

    Attributes:
        default: path of a REST collection → what the app brings.
        local: the same, as users changed it.
        events: search → raw events.
        exports: the parameters of each export.
        fired: id of a job → saved search, when it triggered an alert, and how many.
        results: id of a job → its results; a job that is not there is gone.
        fatal: what the export says instead of its last event.
        cut: the export's connection breaks before its end.
        tls: serve https with it.
    """

    default: dict[str, Stanzas] = field(default_factory=dict)
    local: dict[str, Stanzas] = field(default_factory=dict)
    events: dict[str, list[str]] = field(default_factory=dict)
    exports: list[dict[str, str]] = field(default_factory=list)
    fired: dict[str, tuple[str, float, int]] = field(default_factory=dict)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fatal: str = ""
    cut: bool = False
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"splunk": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def alerts(self) -> Iterator[dict[str, Any]]:
        """Give each alert that was triggered."""
        for sid, (search, time, count) in self.fired.items():
            content = {"savedsearch_name": search, "sid": sid, "trigger_time": int(time),
                       "severity": 4, "digest_mode": False, "triggered_alerts": 1}  # fmt: skip
            for number in range(count):
                yield {"name": f"{sid}_{number}", "content": content, "acl": {"app": "rekey"}}

    def entries(self, path: str) -> list[dict[str, Any]] | None:
        """Give a collection, or one entry of it."""
        holder, _, name = path.rpartition("/")
        if path not in self.default and name in self.default.get(holder, {}):
            return [e for e in self.entries(holder) or [] if e["name"] == name]
        if path not in self.default:
            return None
        stanzas = self.default[path].keys() | self.local.get(path, {}).keys()
        return [
            {
                "name": stanza,
                "content": self.default[path].get(stanza, {})
                | self.local.get(path, {}).get(stanza, {}),
                "acl": {"app": "rekey", "owner": "nobody", "sharing": "app"},
            }
            for stanza in sorted(stanzas)
        ]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: that a client refuses our certificate is what tests ask for."""


class _Handler(BaseHTTPRequestHandler):
    splunk: SplunkRestFake

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(size).decode())
        self._answer({name: values[0] for name, values in form.items()})

    def _answer(self, form: dict[str, str]) -> None:
        path = urlsplit(self.path).path.removeprefix(_BASE)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._say(
                401, {"messages": [{"type": "WARN", "text": "call not properly authenticated"}]}
            )
        elif path.endswith("/server/info"):
            self._write(_INFO.encode(), "text/xml")
        elif self.command == "POST" and path.rstrip("/") in _EXPORTS:
            self._export(form)
        elif self.command == "GET" and path == _FIRED:
            self._say(200, {"entry": list(self.splunk.alerts())})
        elif self.command == "GET" and (job := _RESULTS.fullmatch(path)):
            self._results(unquote(job[1]))
        elif self.command == "GET" and (found := self.splunk.entries(path.rstrip("/"))) is not None:
            self._say(200, {"entry": found})
        else:
            self._say(404, {"messages": [{"type": "ERROR", "text": "Not Found"}]})

    def _results(self, sid: str) -> None:
        results = self.splunk.results.get(sid)
        if results is None:
            self._say(404, {"messages": [{"type": "FATAL", "text": "Unknown sid."}]})
        elif not results:
            self.send_response(204)
            self.end_headers()
        else:
            self._say(200, {"preview": False, "results": results})

    def _export(self, form: dict[str, str]) -> None:
        splunk = self.splunk
        splunk.exports.append(form)
        events = next((e for terms, e in splunk.events.items() if terms in form["search"]), [])
        rows: list[dict[str, Any]] = [
            {"preview": False, "offset": at, "result": {"_raw": raw}}
            for at, raw in enumerate(events)
        ]
        if form.get("preview") != "false" and rows:
            rows.insert(0, rows[0] | {"preview": True})
        # An empty set of results is a last row without a result.
        rows[-1:] = [(rows[-1] if rows else {"preview": False}) | {"lastrow": True}]
        if splunk.fatal and rows:
            rows[-1:] = [{"messages": [{"type": "FATAL", "text": splunk.fatal}]}]
        text = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        self._write(text, "application/json", len(text) // 2 if splunk.cut else None)

    def _write(self, text: bytes, kind: str, end: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:end])

    def _say(self, code: int, answer: object) -> None:
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


_FIRED: Final = "alerts/fired_alerts/-"
_RESULTS: Final = re.compile(r"search/v2/jobs/([^/]+)/results")
_EXPORTS: Final = ("search/jobs/export", "search/v2/jobs/export")
_INFO: Final = """\
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest">
  <title>server-info</title><id>info</id>
  <entry>
    <title>server-info</title><id>info</id><link href="/services/server/info" rel="alternate"/>
    <content type="text/xml"><s:dict><s:key name="version">9.4.0</s:key></s:dict></content>
  </entry>
</feed>
"""
