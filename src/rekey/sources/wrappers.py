"""What logs come wrapped in, and how it is taken off.

One explicit table. A wrapper holds many values (an export, a batch) or one; a value may be text
that is JSON itself. Some say where the records are from: the cluster, as ``rekey.context``.

Shapes: CloudTrail, "log file examples" and ``lookup-events``; CloudWatch Logs, "Validating the flow
of log events", ``filter-log-events``, ``get-query-results`` and "discovered fields" (``@log``);
EventBridge, "event metadata"; audit.k8s.io/v1 EventList; Azure Monitor, "resource logs schema" and
tables AzureDiagnostics, AKSAudit; Elasticsearch search responses and ECS ``event.original``; the
Splunk search REST API and HTTP Event Collector; Docker's json-file driver, which Fluent Bit passes
on; ``journalctl -o json``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

Row = dict[str, Any]

ARRAYS: Final = (
    "Records",  # CloudTrail in S3
    "Events",  # aws cloudtrail lookup-events
    "logEvents",  # CloudWatch Logs subscription
    "events",  # aws logs filter-log-events, get-log-events
    "items",  # Kubernetes EventList
    "records",  # Azure diagnostics in an event hub
    "results",  # aws logs get-query-results; Splunk search
    "hits",  # Elasticsearch search response
)
"""Keys under which a wrapper holds many."""
_EKS_GROUP: Final = re.compile(r"(?:^|:)/aws/eks/([^/]+)/cluster$")
_AKS_ID: Final = re.compile(r"/managedclusters/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One way in which one record is wrapped: its name in messages, and what takes it off."""

    name: str
    inner: Callable[[Row], Any]
    """Gives the value inside; ``None`` where this is not the wrapper."""


def elements(value: Row | list[Any]) -> list[Any] | None:
    """Give what a wrapper of many holds; ``None`` where it is none."""
    if isinstance(value, list):
        return value
    if value.get("messageType") == "CONTROL_MESSAGE":  # CloudWatch Logs tries whether we are there
        return []
    for key in ARRAYS:
        held = value.get(key)
        if key == "hits" and isinstance(held, dict):
            held = held.get(key)
        if isinstance(held, list) and all(isinstance(each, dict | list) for each in held[:1]):
            return held
    return None


def unknown_elements(value: Row) -> Iterator[list[Any]]:
    """Give the arrays of objects in something that may be a wrapper that we do not know."""
    for held in value.values():
        if isinstance(held, list) and held and isinstance(held[0], dict | list):
            yield held


def row(pairs: list[Any]) -> Row | None:
    """Give a row of ``get-query-results``, which is a list of fields and values, as an object."""
    if pairs and all(isinstance(p, dict) and "field" in p and "value" in p for p in pairs):
        return {str(p["field"]): p["value"] for p in pairs}
    return None


def wrapped(value: Row) -> Iterator[Any]:
    """Give what may be wrapped in an object, the likeliest first."""
    for wrapper in WRAPPERS:
        inner = wrapper.inner(value)
        if isinstance(inner, dict | list) or (isinstance(inner, str) and inner):
            yield inner


def context_of(value: Row) -> str | None:
    """Give the cluster that a wrapper names, if it names one."""
    group = value.get("logGroup") or value.get("@log")
    if isinstance(group, str) and (match := _EKS_GROUP.search(group)):
        return match[1]
    resource = value.get("resourceId") or value.get("_ResourceId") or value.get("ResourceId")
    if isinstance(resource, str) and (match := _AKS_ID.search(resource)):
        return match[1].lower()  # exports differ in the case of the same id
    name = _at(value, "orchestrator.cluster.name")
    return name if isinstance(name, str) and name else None


def _at(value: Row, path: str) -> Any:
    """Follow a dotted name through objects, or find it as one key."""
    if path in value:
        return value[path]
    found: Any = value
    for key in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _event_bridge(value: Row) -> Any:
    kind = value.get("detail-type")
    return value.get("detail") if isinstance(kind, str) and "CloudTrail" in kind else None


def _azure(value: Row) -> Any:
    properties = value.get("properties")
    if isinstance(properties, str) and properties.startswith("{"):
        try:
            properties = orjson.loads(properties)
        except orjson.JSONDecodeError:
            return None
    return properties.get("log") if isinstance(properties, dict) else None


def _aks_table(value: Row) -> Row | None:
    """Give a row of AKSAudit or AKSAuditAdmin its names back.

    Azure documents the columns as a projection of the event: learn.microsoft.com, "Transform
    data in resource logs", and the table reference.
    """
    if "AuditId" not in value or "RequestUri" not in value:
        return None
    return {
        name: _parsed(value[column])
        for column, name in _AKS_COLUMNS.items()
        if value.get(column) not in (None, "")
    }


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


_AKS_COLUMNS: Final = {
    "Level": "level",
    "AuditId": "auditID",
    "Stage": "stage",
    "RequestUri": "requestURI",
    "Verb": "verb",
    "User": "user",
    "SourceIps": "sourceIPs",
    "UserAgent": "userAgent",
    "ObjectRef": "objectRef",
    "ResponseStatus": "responseStatus",
    "RequestObject": "requestObject",
    "ResponseObject": "responseObject",
    "RequestReceivedTime": "requestReceivedTimestamp",
    "StageReceivedTime": "stageTimestamp",
    "Annotations": "annotations",
}

WRAPPERS: Final = (
    Wrapper("EventBridge", _event_bridge),
    Wrapper("Azure resource log", _azure),
    Wrapper("AzureDiagnostics", lambda value: value.get("log_s")),
    Wrapper("AKSAudit", _aks_table),
    Wrapper("lookup-events", lambda value: value.get("CloudTrailEvent")),
    Wrapper("Elasticsearch hit", lambda value: value.get("_source")),
    Wrapper("ECS", lambda value: _at(value, "event.original")),
    Wrapper("Splunk result", lambda value: value.get("result")),
    Wrapper("Splunk raw", lambda value: value.get("_raw")),
    Wrapper("Logs Insights", lambda value: value.get("@message")),
    Wrapper("log event", lambda value: value.get("message")),
    Wrapper("container log", lambda value: value.get("log")),
    Wrapper("journal", lambda value: value.get("MESSAGE")),
    Wrapper("Splunk event", lambda value: value.get("event")),
)

RECORD_KEYS: Final = frozenset((
    "_raw", "@message", "message", "event.original", "_source", "CloudTrailEvent", "log_s", "log",
    "properties", "AuditId",
))  # fmt: skip
"""Keys of these wrappers that are columns of an export as CSV: one holds the record, or its id."""

CLUSTER_KEYS: Final = frozenset((
    "@log", "logGroup", "resourceId", "_ResourceId", "ResourceId", "orchestrator.cluster.name",
))  # fmt: skip
"""Keys at which :func:`context_of` looks."""
