"""A stateful fake of Kibana's detection API: no Kibana can be had for tests.

What it does, and where that is documented or written:

- 401 without a valid credential; 400 on a write without ``kbn-xsrf``:
  https://www.elastic.co/docs/api/doc/kibana/topic/topic-kibana-apis
- ``/s/<space>`` before the path chooses a space, each with its own rules: the same page.
- POST makes a rule: https://www.elastic.co/docs/api/doc/kibana/operation/operation-createrule
- PUT replaces a rule: what is not given is deleted or becomes its default, among it exceptions and
  actions: https://www.elastic.co/guide/en/security/8.2/rules-api-update.html
- ``_import`` takes a file of rules as a form upload, and overwrites where that is asked for:
  https://www.elastic.co/docs/api/doc/kibana/operation/operation-importrules
- GET by ``rule_id`` is 404 where there is none; ``_find`` gives pages of ``per_page`` with ``total``:
  https://www.elastic.co/guide/en/security/8.2/rules-api-find.html
- what is stored: :mod:`tests.fakes.kibana_rules`; what the form sends: :mod:`tests.fakes.kibana_form`

Not fake but left out: validation of queries, privileges within a space, exception lists themselves.
"""

import json
import ssl
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes import kibana_form
from tests.fakes.kibana_rules import Answer, Rule, create, delete, error, import_file, replace

API_KEY: Final = "a2liYW5hOnRoZS1rZXk="
_PATH: Final = "/api/detection_engine/rules"

Refusal = Callable[[str, Rule], "Answer | None"]
"""Method and rule → an answer that Kibana gives instead of doing it."""


@dataclass
class KibanaFake:
    """A server on a free loopback port.

    Attributes:
        spaces: space → rule id → rule, as they are stored. Tests edit them as a user would.
        writes: method and rule id of each write that was carried out.
        refuse: says which writes are refused.
        form: how the form writes a look-back.
        cut_before: number of further writes after which the connection breaks before the write.
        cut_after: the same, where the write is carried out and its answer lost.
        tls: serve https with it.
    """

    spaces: dict[str, dict[str, Rule]] = field(default_factory=lambda: {"default": {}})
    writes: list[tuple[str, str]] = field(default_factory=list)
    refuse: Refusal = lambda method, rule: None
    form: kibana_form.Schedule = "largest unit"
    cut_before: int | None = None
    cut_after: int | None = None
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"kibana": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
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

    @property
    def rules(self) -> dict[str, Rule]:
        """The rules of the default space."""
        return self.spaces["default"]

    def edit(self, rule_id: str, **fields: Any) -> None:
        """Edit a rule as a user does in the browser: the form saves all of it."""
        body = kibana_form.saved(self.rules[rule_id] | fields, self.form)
        code, answer = replace(self.rules, rule_id, body)
        assert code == 200, answer
        answer["updated_by"] = "a-user"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: that a client refuses our certificate is what tests ask for."""


class _Handler(BaseHTTPRequestHandler):
    kibana: KibanaFake

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.headers.get("Authorization") != f"ApiKey {API_KEY}":
            self._say(401, error(401, "[security_exception]: unable to authenticate"))
        elif method != "GET" and not self.headers.get("kbn-xsrf"):
            self._say(400, error(400, "Request must contain a kbn-xsrf header."))
        elif (rules := self._space(parts.path)) is None:
            self._say(404, error(404, "Not Found"))
        elif method == "GET":
            self._read(rules, query, is_find=parts.path.endswith("/_find"))
        elif parts.path.endswith("/_import"):
            self._import(rules, query, content)
        else:
            self._write(method, rules, query, json.loads(content) if content else {})

    def _space(self, path: str) -> dict[str, Rule] | None:
        space = "default"
        if path.startswith("/s/"):
            space, _, path = path.removeprefix("/s/").partition("/")
            path = f"/{path}"
        if path not in (_PATH, f"{_PATH}/_find", f"{_PATH}/_import"):
            return None
        return self.kibana.spaces.get(space)

    def _read(self, rules: dict[str, Rule], query: dict[str, str], *, is_find: bool) -> None:
        if not is_find:
            rule = rules.get(query["rule_id"])
            missing = error(404, f'rule_id: "{query["rule_id"]}" not found')
            self._say(200, rule) if rule else self._say(404, missing)
            return
        page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
        found = list(rules.values())[(page - 1) * size : page * size]
        self._say(200, {"page": page, "perPage": size, "total": len(rules), "data": found})

    def _import(self, rules: dict[str, Rule], query: dict[str, str], content: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            part.get_param("name", header="Content-Disposition"): part
            for part in message_from_bytes(head + content, policy=HTTP).iter_parts()
        }
        if "file" not in parts or not str(parts["file"].get_filename()).endswith(".ndjson"):
            self._say(400, error(400, "Invalid file extension"))
            return
        file = parts["file"].get_payload(decode=True)
        assert isinstance(file, bytes)
        code, answer = import_file(
            rules, map(json.loads, file.splitlines()), overwrite=query.get("overwrite") == "true"
        )
        self._say(code, answer)

    def _write(
        self, method: str, rules: dict[str, Rule], query: dict[str, str], body: Rule
    ) -> None:
        kibana = self.kibana
        if kibana.cut_before is not None:
            kibana.cut_before -= 1
            if kibana.cut_before < 0:
                self.close_connection = True
                return
        rule_id = query.get("rule_id") or body.get("rule_id") or str(uuid.uuid4())
        code, answer = self._carried_out(method, rules, rule_id, body)
        if code == 200:
            kibana.writes.append((method, rule_id))
        if kibana.cut_after is not None:
            kibana.cut_after -= 1
            if kibana.cut_after < 0:
                self.close_connection = True
                return
        self._say(code, answer)

    def _carried_out(self, method: str, rules: dict[str, Rule], rule_id: str, body: Rule) -> Answer:
        if refused := self.kibana.refuse(method, body | {"rule_id": rule_id}):
            return refused
        if method == "DELETE":
            return delete(rules, rule_id)
        return (create if method == "POST" else replace)(rules, rule_id, body)

    def _say(self, code: int, answer: object) -> None:
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
