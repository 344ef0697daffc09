"""CloudTrail's event history, put before the emulator, which has none that tells much.

What it knows of each call stands in :mod:`rekey.demo.recorded`. Lists of things that the emulator
cannot make are answered too: they are empty.
"""

import base64
import json
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from rekey.demo.recorded import Caller, Exchange, event

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_PAGE: Final = 50
"""https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""

_EMPTY_OF_IAM: Final = {
    "ListServiceSpecificCredentials": "<ServiceSpecificCredentials/>",
    "ListSigningCertificates": "<Certificates/><IsTruncated>false</IsTruncated>",
    "ListSSHPublicKeys": "<SSHPublicKeys/><IsTruncated>false</IsTruncated>",
}
_EMPTY_OF_ANYWHERE: Final = {"/trustanchors": "trustAnchors", "/profiles": "profiles"}


class Trail:
    """Events of one emulator, by account and region."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def record(self, exchange: Exchange, caller: Caller) -> None:
        """Write a call down, in the account of the caller and in that of an assumed role."""
        found = event(exchange, caller)
        if found is None:
            return
        record = json.loads(found["CloudTrailEvent"])
        accounts = {caller.account, _account_of_role(record) or caller.account}
        with self._lock:
            for account in accounts:
                self._events.setdefault((account, record["awsRegion"]), []).append(found)

    def look_up(self, account: str, region: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer LookupEvents: the newest first, in pages."""
        with self._lock:
            known = list(reversed(self._events.get((account, region), ())))
        fitting = [one for one in known if _fits(one, asked)]
        first = int(asked.get("NextToken") or 0)
        last = first + min(int(asked.get("MaxResults") or _PAGE), _PAGE)
        more = {"NextToken": str(last)} if last < len(fitting) else {}
        return {"Events": fitting[first:last], **more}


def _fits(event: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    if not asked.get("StartTime", 0) <= event["EventTime"] <= asked.get("EndTime", 9e9):
        return False
    for one in asked.get("LookupAttributes", ()):
        key, value = one["AttributeKey"], one["AttributeValue"]
        named = {resource["ResourceName"] for resource in event["Resources"]}
        if value not in (named if key == "ResourceName" else {event.get(key)}):
            return False
    return True


def _account_of_role(record: Mapping[str, Any]) -> str:
    arn = str((record["requestParameters"] or {}).get("roleArn") or "")
    return arn.split(":")[4] if arn.count(":") >= 5 else ""


def trailed(app: Application, trail: Trail) -> Application:
    """Put a trail before the emulator."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = await _body(receive)
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        exchange = Exchange(scope["method"], scope["path"], headers, body)
        caller = _caller(exchange)  # before the call may end him
        said: list[Message] = []

        async def hear(message: Message) -> None:
            said.append(message)

        await app(scope, _again(body, receive), hear)
        content = b"".join(one.get("body", b"") for one in said)
        exchange = replace(exchange, status=said[0]["status"], answer=content)
        if caller is not None:
            trail.record(exchange, caller)
        for message in _instead(exchange, caller, trail) or said:
            await send(message)

    return answer


async def _body(receive: Receive) -> bytes:
    found, more = b"", True
    while more:
        message = await receive()
        found, more = found + message.get("body", b""), message.get("more_body", False)
    return found


def _again(body: bytes, receive: Receive) -> Receive:
    left: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(left, None) or await receive()

    return again


def _caller(exchange: Exchange) -> Caller | None:
    """Say who calls; calls that are signed with a key that does not work are logged nowhere."""
    from ministack.core import iam_evaluator, responses

    key = exchange.signed[0]
    if not key:
        return _federated(exchange)
    account = (
        key if key.isdigit() else responses._account_from_sts_session(key)
        or iam_evaluator.find_iam_access_key_account(key)
    )  # fmt: skip
    found = iam_evaluator.resolve_credential(key, account)
    if not isinstance(found, iam_evaluator.ResolvedCredential):
        return None
    kinds = {"User": "IAMUser"}
    identity: dict[str, Any] = {
        "type": kinds.get(found.principal_type, found.principal_type),
        "principalId": found.principal_id, "arn": found.principal_arn,
        "accountId": found.account_id, "accessKeyId": key,
    }  # fmt: skip
    if found.principal_type == "User":
        identity["userName"] = found.principal_name
    if found.principal_type == "AssumedRole":
        identity["sessionContext"] = {"sessionIssuer": _issuer(found)}
    return Caller(found.account_id, identity)


def _issuer(session: Any) -> dict[str, Any]:
    """Describe the role behind a session."""
    from ministack.services import iam

    name = session.principal_arn.split("/")[1]
    role = iam._roles.get_scoped(session.account_id, None, name) or {}
    return {
        "type": "Role", "principalId": session.principal_id.partition(":")[0],
        "arn": role.get("Arn"), "accountId": session.account_id, "userName": name,
    }  # fmt: skip


def _federated(exchange: Exchange) -> Caller | None:
    """Read who comes with an identity token; the emulator has checked it, or refuses it."""
    try:
        payload = exchange.form["WebIdentityToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        role = exchange.form["RoleArn"].split(":")
        host = str(claims["iss"]).partition("://")[2]
    except (KeyError, IndexError, ValueError):
        return None
    provider = f"arn:aws:iam::{role[4]}:oidc-provider/{host}"
    subject = str(claims.get("sub"))
    return Caller(role[4], {
        "type": "WebIdentityUser", "principalId": f"{provider}:{claims.get('aud')}:{subject}",
        "userName": subject, "identityProvider": provider,
    })  # fmt: skip


def _instead(exchange: Exchange, caller: Caller | None, trail: Trail) -> list[Message]:
    """Give the answer where the emulator's own would not do."""
    target, action = exchange.headers.get("x-amz-target", ""), exchange.form.get("Action", "")
    if target.endswith(".LookupEvents") and exchange.status == 200 and caller:
        found = trail.look_up(caller.account, exchange.signed[1], json.loads(exchange.body))
        return _message("application/x-amz-json-1.1", json.dumps(found))
    if action in _EMPTY_OF_IAM and b"InvalidAction" in exchange.answer:
        inner = f"<{action}Result>{_EMPTY_OF_IAM[action]}</{action}Result>"
        inner += f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        return _message("text/xml", f"<{action}Response>{inner}</{action}Response>")
    if exchange.service == "rolesanywhere" and exchange.path in _EMPTY_OF_ANYWHERE:
        return _message("application/json", json.dumps({_EMPTY_OF_ANYWHERE[exchange.path]: []}))
    return []


def _message(kind: str, text: str) -> list[Message]:
    headers = [
        (b"content-type", kind.encode()), (b"content-length", str(len(text)).encode()),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
    ]  # fmt: skip
    return [
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": text.encode()},
    ]
