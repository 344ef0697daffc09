"""A stateful fake of Kibana's detection API: no Kibana can be had for tests.

What it does, and where that is documented or written:

- 401 without a valid credential; 400 on a write without ``kbn-xsrf``:
  https://www.elastic.co/docs/api/doc/kibana/topic/topic-kibana-apis
- ``/s/<space>`` before the path chooses a space, each with its own rules: the same page.
- POST makes a rule and fills in defaults; 409 if the ``rule_id`` is taken:
  https://www.elastic.co/docs/api/doc/kibana/operation/operation-createrule
- PUT replaces a rule: what is not given is deleted or becomes its default, among it exceptions and
  actions: https://www.elastic.co/guide/en/security/8.2/rules-api-update.html. ``enabled`` and
  ``version`` stay as they are where not given; id, revision, author of the record and ``immutable``
  cannot be given: elastic/kibana, detection_engine/rule_management, apply_rule_update.ts
- unknown fields are dropped, ``required_fields`` get ``ecs`` by Kibana's own list:
  elastic/kibana, detection_engine/model/rule_schema, rule_schemas.schema.yaml
- GET by ``rule_id`` is 404 where there is none; ``_find`` gives pages of ``per_page`` with ``total``:
  https://www.elastic.co/guide/en/security/8.2/rules-api-find.html

Not fake but left out: validation of queries, privileges within a space, exception lists themselves.
"""

import json
import ssl
import threading
import uuid
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

API_KEY: Final = "a2liYW5hOnRoZS1rZXk="
_PATH: Final = "/api/detection_engine/rules"
_DEFAULTS: Final[dict[str, Any]] = {
    "actions": [], "author": [], "enabled": True, "exceptions_list": [], "false_positives": [],
    "from": "now-6m", "interval": "5m", "max_signals": 100, "references": [],
    "related_integrations": [], "required_fields": [], "risk_score_mapping": [], "setup": "",
    "severity_mapping": [], "tags": [], "threat": [], "to": "now",
}  # fmt: skip
_OPTIONAL: Final = {
    "rule_name_override", "timestamp_override", "timestamp_override_fallback_disabled",
    "timeline_id", "timeline_title", "license", "note", "building_block_type", "output_index",
    "namespace", "meta", "investigation_fields", "throttle", "index", "data_view_id", "filters",
    "saved_id", "response_actions", "alert_suppression", "query", "language", "threshold",
    "event_category_override", "tiebreaker_field", "timestamp_field", "new_terms_fields",
    "history_window_start", "name", "description", "risk_score", "severity", "type", "version",
}  # fmt: skip
_NEEDED: Final = ("name", "description", "risk_score", "severity", "type")
_ECS: Final = {"event.action", "event.provider", "source.ip", "user.id", "user.name", "@timestamp"}

Rule = dict[str, Any]


@dataclass
class KibanaFake:
    """A server on a free loopback port.

    Attributes:
        spaces: space → rule id → rule, as they are stored. Tests edit them as a user would.
        writes: method and rule id of each write that was carried out.
        cut_before: number of further writes after which the connection breaks before the write.
        cut_after: the same, where the write is carried out and its answer lost.
        tls: serve https with it.
    """

    spaces: dict[str, dict[str, Rule]] = field(default_factory=lambda: {"default": {}})
    writes: list[tuple[str, str]] = field(default_factory=list)
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

    @property
    def rules(self) -> dict[str, Rule]:
        """The rules of the default space."""
        return self.spaces["default"]

    def edit(self, rule_id: str, **fields: Any) -> None:
        """Edit a rule as a user does in the browser."""
        self.rules[rule_id].update(fields)
        self.rules[rule_id]["revision"] += 1
        self.rules[rule_id]["updated_by"] = "a-user"


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
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else {}
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.headers.get("Authorization") != f"ApiKey {API_KEY}":
            self._say(401, _error(401, "[security_exception]: unable to authenticate"))
        elif method != "GET" and not self.headers.get("kbn-xsrf"):
            self._say(400, _error(400, "Request must contain a kbn-xsrf header."))
        elif (rules := self._space(parts.path)) is None:
            self._say(404, _error(404, "Not Found"))
        elif method == "GET":
            self._read(rules, query, is_find=parts.path.endswith("/_find"))
        else:
            self._write(method, rules, query, body)

    def _space(self, path: str) -> dict[str, Rule] | None:
        space = "default"
        if path.startswith("/s/"):
            space, _, path = path.removeprefix("/s/").partition("/")
            path = f"/{path}"
        if path not in (_PATH, f"{_PATH}/_find"):
            return None
        return self.kibana.spaces.get(space)

    def _read(self, rules: dict[str, Rule], query: dict[str, str], *, is_find: bool) -> None:
        if not is_find:
            rule = rules.get(query["rule_id"])
            missing = _error(404, f'rule_id: "{query["rule_id"]}" not found')
            self._say(200, rule) if rule else self._say(404, missing)
            return
        page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
        found = list(rules.values())[(page - 1) * size : page * size]
        self._say(200, {"page": page, "perPage": size, "total": len(rules), "data": found})

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
        code, answer = _carried_out(method, rules, rule_id, body)
        if code == 200:
            kibana.writes.append((method, rule_id))
        if kibana.cut_after is not None:
            kibana.cut_after -= 1
            if kibana.cut_after < 0:
                self.close_connection = True
                return
        self._say(code, answer)

    def _say(self, code: int, answer: object) -> None:
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def _carried_out(method: str, rules: dict[str, Rule], rule_id: str, body: Rule) -> tuple[int, Rule]:
    there = rules.get(rule_id)
    if method == "DELETE":
        missing = _error(404, f'rule_id: "{rule_id}" not found')
        return (200, rules.pop(rule_id)) if there else (404, missing)
    lacking = [name for name in _NEEDED if name not in body]
    if lacking:
        return 400, _error(400, f"{lacking[0]}: Required")
    if method == "POST":
        if there:
            return 409, _error(409, f'rule_id: "{rule_id}" already exists')
        rules[rule_id] = _stored(body, {
            "id": str(uuid.uuid4()), "rule_id": rule_id, "immutable": False, "revision": 0,
            "rule_source": {"type": "internal"}, "created_by": "us", "created_at": "2026-11-23",
        })  # fmt: skip
        rules[rule_id].setdefault("version", 1)
        return 200, rules[rule_id]
    if there is None:
        return 404, _error(404, f'rule_id: "{rule_id}" not found')
    if there["type"] != body["type"]:
        return 400, _error(400, "the type of a rule cannot be changed")
    kept = ("id", "rule_id", "immutable", "rule_source", "created_by", "created_at")
    replaced = _stored(body, {name: there[name] for name in kept})
    replaced["revision"] = there["revision"] + 1
    replaced["enabled"] = body.get("enabled", there["enabled"])
    replaced["version"] = body.get("version", there["version"])
    rules[rule_id] = replaced
    return 200, replaced


def _stored(body: Rule, servers: Rule) -> Rule:
    known = {name: deepcopy(v) for name, v in body.items() if name in _OPTIONAL | _DEFAULTS.keys()}
    rule = deepcopy(_DEFAULTS) | known | servers
    rule["required_fields"] = [
        {"name": each["name"], "type": each["type"], "ecs": each["name"] in _ECS}
        for each in rule["required_fields"]
    ]
    if "threshold" in rule:
        rule["threshold"] = {"cardinality": []} | rule["threshold"]
    return rule | {"updated_at": str(uuid.uuid4()), "updated_by": "us"}


def _error(code: int, message: str) -> Rule:
    return {"statusCode": code, "message": message}
