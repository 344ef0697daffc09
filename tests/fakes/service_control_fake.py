"""A stateful fake of what service control policies do: no server that can be had enforces them.

ministack keeps them, their attachments and the accounts, and looks at none of them when it judges a
request. This stands before it, takes the policies from there, and judges:

- an explicit deny in a policy on the account wins over all that the account itself allows, also for
  its administrators, and no one there can take it away; the management account is not bound:
  https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
- ``aws:PrincipalArn`` of a role's session is the role; ``aws:TokenIssueTime`` is there for temporary
  credentials only, so that long-term keys never fit ``DateLessThan``:
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
- how the refusal is worded:
  https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
- ``GetCallerIdentity`` works in spite of any deny:
  https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

Credentials are the server's: whoever signs with a key that it does not know is refused by it. Who
opened which session tells its trail. Not there: policies of the root and of units above the account,
statements that allow, and conditions other than those named above, which raise.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import boto3

from tests.faults.exchange import Answer, Request
from tests.faults.faults import Worded
from tests.faults.proxy import FaultProxy
from tests.providers.account import REGION

_MINTING: Final = ("AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken")
_SAID: Final = "with an explicit deny in a service control policy"


@dataclass(frozen=True)
class Session:
    """Who holds a temporary credential, and since when."""

    principal: str
    issued: datetime


class ServiceControlFake(FaultProxy):
    """Stands before an organisation's server, and denies what policies on one account deny.

    Args:
        upstream: address of the server.
        management: id of the management account.
        account: id of the member account.
    """

    def __init__(self, upstream: str, management: str, account: str) -> None:
        super().__init__(upstream)
        self._organizations = _root(upstream, management, "organizations")
        self._trail = _root(upstream, account, "cloudtrail")
        self._account, self._sessions, self._callers = account, dict[str, Session](), set[str]()
        self.plan(Worded(self._refusal), at=self._denies, times=None)

    def _denies(self, request: Request) -> bool:
        if b"GetCallerIdentity" in request.body:
            return False
        session = self._session(request.who)
        return session is not None and any(_fits(one, session) for one in self.denials())

    def _session(self, who: str) -> Session | None:
        if who not in self._callers:  # no credential is used before it is opened
            self._callers.add(who)
            for name in _MINTING:
                asked = [{"AttributeKey": "EventName", "AttributeValue": name}]
                for one in self._trail.lookup_events(LookupAttributes=asked)["Events"]:
                    self._sessions |= _opened(json.loads(one["CloudTrailEvent"]))
        return self._sessions.get(who)

    def denials(self) -> list[dict[str, Any]]:
        """Give the statements that deny something on the account."""
        policies = self._organizations.list_policies_for_target(
            TargetId=self._account, Filter="SERVICE_CONTROL_POLICY"
        )["Policies"]
        found = []
        for one in policies:
            text = self._organizations.describe_policy(PolicyId=one["Id"])["Policy"]["Content"]
            found += [s for s in json.loads(text)["Statement"] if s["Effect"] == "Deny"]
        return found

    @staticmethod
    def _refusal(request: Request) -> Answer:
        if "x-amz-target" in request.headers:
            said = {"__type": "AccessDeniedException", "Message": f"not authorized {_SAID}"}
            return Answer(400, json.dumps(said).encode())
        body = (f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized {_SAID}"
                "</Message></Error><RequestId>1</RequestId></ErrorResponse>")  # fmt: skip
        return Answer(403, body.encode(), (("Content-Type", "text/xml"),))


def _root(upstream: str, account: str, service: str) -> Any:
    session = boto3.Session(account, "test", region_name=REGION)
    return session.client(service, endpoint_url=upstream)  # type: ignore[call-overload]


def _opened(event: Mapping[str, Any]) -> dict[str, Session]:
    made = (event.get("responseElements") or {}).get("credentials")
    if not made:
        return {}
    asked = event.get("requestParameters") or {}
    principal = asked.get("roleArn") or event["userIdentity"]["arn"]
    who = sha256(made["accessKeyId"].encode()).hexdigest()[:12]  # as the proxy tells callers apart
    return {who: Session(str(principal), datetime.fromisoformat(event["eventTime"]))}


def _fits(statement: Mapping[str, Any], session: Session) -> bool:
    if (statement["Action"], statement["Resource"]) != ("*", "*"):
        raise ValueError(f"the fake judges no statement about {statement['Action']}")
    return all(
        _holds(operator, key, value, session)
        for operator, pairs in statement["Condition"].items()
        for key, value in pairs.items()
    )


def _holds(operator: str, key: str, value: str, session: Session) -> bool:
    match operator, key:
        case "ArnEquals", "aws:PrincipalArn":
            return session.principal == value
        case "DateLessThan", "aws:TokenIssueTime":
            return session.issued < datetime.fromisoformat(value)
    raise ValueError(f"the fake judges no {operator} of {key}")
