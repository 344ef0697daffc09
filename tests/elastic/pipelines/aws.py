"""``aws.cloudtrail``: elastic/integrations, packages/aws/data_stream/cloudtrail."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.elastic.paths import add, first, put
from tests.elastic.pipelines.addresses import address, autonomous_system
from tests.elastic.pipelines.interface import Pipeline, without

_OBJECTS = {
    "requestParameters": "request_parameters",
    "responseElements": "response_elements",
    "additionalEventData": "additional_eventdata",
    "serviceEventDetails": "service_event_details",
}

_LONGEST_FLATTENED = 32_766


class CloudTrail(Pipeline):
    """CloudTrail. Its pipeline sets no ``_id``: a record delivered twice is two documents."""

    stream = "aws.cloudtrail"
    itself: ClassVar = frozenset(
        {
            *((raw, f"aws.cloudtrail.{name}") for raw, name in _OBJECTS.items()),
            *((f"{raw}.*", f"aws.cloudtrail.flattened.{name}.*") for raw, name in _OBJECTS.items()),
            ("responseElements.ConsoleLogin", "aws.cloudtrail.flattened.response_elements.ConsoleLogin"),
            ("responseElements.ConsoleLogin", "event.outcome"),
            ("requestParameters", "aws.cloudtrail.request_parameters.text"),
            ("responseElements", "aws.cloudtrail.response_elements.text"),
            ("sourceIPAddress", "source.ip"),
            ("sourceIPAddress", "source.as.number"),
            ("userIdentity.arn", "related.user"),
            ("requestParameters.newUserName", "user.changes.name"),
            ("userIdentity.sessionContext.sessionIssuer.userName", "user.name"),
            ("userIdentity.onBehalfOf.userId", "user.id"),
            ("recipientAccountId", "cloud.account.id"),
            ("tlsDetails.tlsVersion", "tls.version"),
            ("tlsDetails.tlsVersion", "tls.version_protocol"),
            ("additionalEventData.UserName", "user.name"),
        }
    )  # fmt: skip
    left_out: ClassVar = {
        "source.geo.": "it comes from a database of places",
        "source.as.organization": "it comes from a database of networks",
        "user_agent.name": "the parser of user agents is not emulated",
        "user_agent.version": "the parser of user agents is not emulated",
        "user_agent.device": "the parser of user agents is not emulated",
        "user_agent.os": "the parser of user agents is not emulated",
        "event.category": "the table of event names is not emulated",
        "event.type": "the table of event names is not emulated",
        "aws.cloudtrail.console_login.": "it is filled for console logins alone",
        "aws.cloudtrail.shared_event_id": "the integration reads a spelling that AWS does not write",
    }

    def clean(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Drop null, empty, ``-`` and ``none``, anywhere."""
        cleaned: dict[str, Any] = without(record, lambda v: v is None or v in ("", "-", "none"))
        return cleaned

    def finish(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Fill objects as text and flattened, and who and where from."""
        failed = "errorCode" in record or "errorMessage" in record
        put(body, "event.outcome", "failure" if failed else "success")
        put(body, "event.kind", "event")
        put(body, "event.module", "aws")
        for raw, name in _OBJECTS.items():
            if raw in record:
                text = java_text(record[raw])
                put(body, f"aws.cloudtrail.{name}", text)
                if len(text) < _LONGEST_FLATTENED:
                    put(body, f"aws.cloudtrail.flattened.{name}", record[raw])
        self._who(record, body)
        self._where_from(record, body)
        if version := first(record, "tlsDetails.tlsVersion"):
            put(body, "tls.version", str(version).removeprefix("TLSv"))
        if record.get("eventName") == "ConsoleLogin":
            login = first(record, "responseElements.ConsoleLogin")
            put(body, "event.outcome", str(login).lower())

    def _who(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        session = first(record, "userIdentity.type") in ("AssumedRole", "FederatedUser")
        issuer = first(record, "userIdentity.sessionContext.sessionIssuer.userName")
        if session and issuer:
            put(body, "user.name", issuer)
        recipient = record.get("recipientAccountId")
        if recipient and first(body, "cloud.account.id") is None:
            put(body, "cloud.account.id", recipient)
        behalf = first(record, "userIdentity.onBehalfOf.userId")
        person = first(record, "userIdentity.type") == "IdentityCenterUser"
        if person and behalf and first(body, "user.id") is None:
            put(body, "user.id", behalf)
        arn = first(record, "userIdentity.arn")
        if session and arn and ":sts:" in str(arn):
            add(body, "related.user", str(arn).rsplit("/", 1)[-1])
        if renamed := first(record, "requestParameters.newUserName"):
            put(body, "user.changes.name", renamed)
        if name := first(body, "user.name"):
            add(body, "related.user", name)

    def _where_from(self, record: Mapping[str, Any], body: dict[str, Any]) -> None:
        source = record.get("sourceIPAddress")
        if address(source):
            put(body, "source.ip", source)
        if number := autonomous_system(source):
            put(body, "source.as.number", number)


def java_text(value: Any) -> str:
    """Write a value as Java's ``toString`` does: ``{key=value, list=[a, b]}``."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)
