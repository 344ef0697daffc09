"""One call to the emulator, written down as CloudTrail writes calls to AWS.

The emulator's own trail names no call, caller or resource of IAM and STS. Calls, and what they
answer, are read with the models that come with AWS's SDK; who called is known to the emulator.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser

_SCOPE: Final = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_READS: Final = (
    "Get", "List", "Describe", "Lookup", "Simulate", "AssumeRole", "BatchGet", "Generate",
)  # fmt: skip
_GLOBAL: Final = {"iam": "us-east-1"}
"""Services that are logged in one region only, wherever they were called from."""

_HIDDEN: Final = ("secretAccessKey", "password", "secretString", "webIdentityToken", "oldPassword")
_NAMED: Final = {
    "userName": "AWS::IAM::User", "roleName": "AWS::IAM::Role", "groupName": "AWS::IAM::Group",
    "policyArn": "AWS::IAM::Policy", "accessKeyId": "AWS::IAM::AccessKey",
    "roleArn": "AWS::IAM::Role",
}  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """A request and, once there is one, its answer; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    answer: bytes = b""

    @cached_property
    def signed(self) -> tuple[str, str, str]:
        """Key id, region and service of the signature; empty where nobody signed."""
        found = _SCOPE.search(self.headers.get("authorization", ""))
        return (found[1], found[2], found[3]) if found else ("", "", "")

    @cached_property
    def form(self) -> dict[str, str]:
        """Fields of a form, as IAM and STS take them."""
        return {name: values[0] for name, values in parse_qs(self.body.decode("latin-1")).items()}

    @property
    def service(self) -> str:
        """Its name; STS takes calls that nobody signed."""
        return self.signed[2] or ("sts" if "WebIdentityToken" in self.form else "")


@dataclass(frozen=True)
class Caller:
    """Who called: the account, and ``userIdentity``."""

    account: str
    identity: dict[str, Any]


def event(exchange: Exchange, caller: Caller) -> dict[str, Any] | None:
    """Write an event as LookupEvents gives it; ``None`` for what event history does not hold."""
    operation = _operation(exchange)
    if operation is None:
        return None
    answer, error = _answer(exchange, operation)
    region = exchange.signed[1] or "us-east-1"
    asked = _asked(exchange)
    reads = operation.name.startswith(_READS)
    minted = _minted(answer)
    record = {
        "eventVersion": "1.11", "userIdentity": caller.identity,
        "eventTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{exchange.service}.amazonaws.com", "eventName": operation.name,
        "awsRegion": _GLOBAL.get(exchange.service, region), "sourceIPAddress": "127.0.0.1",
        "userAgent": exchange.headers.get("user-agent", ""), "requestParameters": asked or None,
        "responseElements": (answer or None) if minted or not reads else None,
        "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()), "readOnly": reads,
        "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": caller.account,
        "eventCategory": "Management", **error,
    }  # fmt: skip
    return {
        "EventId": record["eventID"], "EventName": operation.name,
        "EventSource": record["eventSource"], "EventTime": datetime.now(UTC).timestamp(),
        "ReadOnly": str(reads).lower(), "Username": _user_name(caller.identity),
        "AccessKeyId": exchange.signed[0], "Resources": _resources(asked, answer, minted),
        "CloudTrailEvent": json.dumps(record, default=str),
    }  # fmt: skip


def _operation(exchange: Exchange) -> OperationModel | None:
    if not exchange.service or exchange.service == "cloudtrail":
        return None
    model, target = _model(exchange.service), exchange.headers.get("x-amz-target", "")
    if exchange.service == "s3":
        return None  # objects are data events, which event history lacks
    name = target.rpartition(".")[2] or exchange.form.get("Action") or _by_path(model, exchange)
    return model.operation_model(name) if name in model.operation_names else None


def _by_path(model: ServiceModel, exchange: Exchange) -> str:
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(http["requestUri"].partition("?")[0]))
        if http["method"] == exchange.method and re.fullmatch(f"{pattern}/?", exchange.path):
            return str(name)
    return ""


@cache
def _model(service: str) -> ServiceModel:
    found: ServiceModel = botocore.session.get_session().get_service_model(service)
    return found


def _asked(exchange: Exchange) -> dict[str, Any]:
    try:
        given = json.loads(exchange.body) if exchange.body.startswith(b"{") else exchange.form
    except ValueError:
        given = {}
    asked: dict[str, Any] = _cleaned(
        {k: v for k, v in given.items() if k not in ("Action", "Version")}
    )
    return asked


def _answer(exchange: Exchange, operation: OperationModel) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the answer; give its members, or the error."""
    protocol = operation.service_model.metadata["protocol"]
    parsed = create_parser(protocol).parse(
        {"status_code": exchange.status, "headers": {}, "body": exchange.answer},
        operation.output_shape,  # type: ignore[arg-type]  # the stubs know no call without an answer
    )  # fmt: skip
    if "Error" in parsed and exchange.status >= 300:
        said = parsed["Error"]
        return {}, {"errorCode": said.get("Code", ""), "errorMessage": said.get("Message", "")}
    return _cleaned({k: v for k, v in parsed.items() if k != "ResponseMetadata"}), {}


def _cleaned(value: Any) -> Any:
    """Write names as CloudTrail does, and leave out what it leaves out."""
    if isinstance(value, dict):
        named = {key[:1].lower() + key[1:]: _cleaned(inner) for key, inner in value.items()}
        return {key: inner for key, inner in named.items() if key not in _HIDDEN}
    return [_cleaned(one) for one in value] if isinstance(value, list) else value


def _minted(answer: Mapping[str, Any]) -> str:
    """Give the id of the key that the call issued."""
    made = answer.get("credentials") or answer.get("accessKey") or {}
    return str(made.get("accessKeyId") or "")


def _resources(
    asked: Mapping[str, Any], answer: Mapping[str, Any], minted: str
) -> list[dict[str, str]]:
    """Name what the call was about, the key that it issued first."""
    found = [("AWS::IAM::AccessKey", minted)]
    if assumed := answer.get("assumedRoleUser"):
        found += [("AWS::STS::AssumedRole", str(assumed["arn"]))]
    found += [(kind, str(asked[name])) for name, kind in _NAMED.items() if name in asked]
    return [{"ResourceType": kind, "ResourceName": unquote(name)} for kind, name in found if name]


def _user_name(identity: Mapping[str, Any]) -> str:
    return str(identity.get("userName") or str(identity.get("arn", "")).rpartition("/")[2])
