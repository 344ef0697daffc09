"""Events and rules that a test writes down in a line, and the executor with every document at hand."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.elastic.integration import Document
from tests.elastic.kibana.execute import execute as executed
from tests.elastic.kibana.rule import read

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = 24 * 60
FIRES, QUIET = (True, True, True), (False, False, False)

execute = partial(executed, lateness=[None])
"""At every phase, where each document is there as it happens."""

Event = dict[str, Any]


def event(minutes: float, *, user: str | list[str] | None = "u", **fields: Any) -> Event:
    """A document some minutes after noon, with its own id unless it names one."""
    return {"at": NOON + timedelta(minutes=minutes), "user": user} | fields


def document(made: Event) -> Document:
    body: dict[str, Any] = {
        "@timestamp": made["at"].isoformat(),
        "event": {"action": made.get("action", "read"), "id": made.get("id")},
        "source": {"ip": made.get("ip", "192.0.2.1")},
        "flat": made.get("flat", {}),
    }
    if made["user"] is not None:
        body["user"] = {"id": made["user"]}
    if late := made.get("late"):
        body["event"]["ingested"] = (made["at"] + timedelta(minutes=late)).isoformat()
    return Document(made.get("document_id"), body, made["at"])


def rule(**parts: Any) -> Any:
    """A rule in Lucene over reads, every five minutes over the last ten."""
    return read(
        {
            "rule_id": "r", "name": "r", "type": "query", "language": "lucene",
            "query": "event.action:read", "index": ["rekey-*"], "from": "now-10m",
            "interval": "5m",
        }
        | parts
    )  # fmt: skip


def counting(value: int, **parts: Any) -> Any:
    return rule(type="threshold", threshold={"field": ["user.id"], "value": value} | parts)


def esql(query: str) -> Any:
    return read(
        {
            "rule_id": "r", "name": "r", "type": "esql", "language": "esql", "query": query,
            "from": "now-10m", "interval": "5m",
        }
    )  # fmt: skip


def eql(query: str) -> Any:
    return rule(type="eql", language="eql", query=query)


SEQUENCE = (
    'sequence by user.id with maxspan=5m [any where event.action : "LOOK"] '
    '[any where event.action : "take"]'
)
