"""One AWS account as a provider."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rekey.containment.errors import Gone, NotFound, ProviderError, Refused
from rekey.containment.interface import (
    Act,
    Action,
    BlastRadius,
    Connection,
    Facts,
    Party,
    Permission,
    Target,
    Wanted,
)
from rekey.containment.survey import Finding
from rekey.providers.aws import principals
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.key_actions import key_actions
from rekey.providers.aws.principals import Arn
from rekey.providers.aws.role_actions import role_actions
from rekey.providers.aws.session_actions import session_actions
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.survey_actions import survey_actions
from rekey.providers.aws.trail import events

_POWERFUL: Final = (
    "iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy", "iam:PutRolePolicy",
    "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "organizations:LeaveOrganization",
)  # fmt: skip
"""Who may do one of these holds rights over identities, or over everything."""

_ANY_REGION: Final = "us-east-1"
_SIMULATED: Final = 50
"""Actions asked about in one simulation."""


class AwsProvider:
    """See :class:`rekey.containment.interface.Provider`."""

    name = "aws"

    def __init__(self, aws: Aws, options: AwsOptions) -> None:
        self._aws, self._options = aws, options
        self._actions: tuple[Action, ...] = (
            *key_actions(aws, options), *session_actions(aws, options),
            *role_actions(aws, options), *survey_actions(aws, options),
        )  # fmt: skip

    def connection(self) -> Connection:
        """Ask STS who and where we are.

        Raises:
            SelfUnknown: it does not say.
        """
        own = principals.oneself(self._aws)
        return Connection(
            self.name, own.account, own.arn, own.names, frozenset(self._options.names)
        )

    def locate(self, wanted: Wanted) -> Target:
        """Find the user of a key, and the user or role of a session.

        Raises:
            NotFound: there is no such key, user or role.
        """
        try:
            if wanted.kind == "aws_access_key":
                return self.resolve(wanted.kind, wanted.id, {})
            if wanted.kind == "aws_session_key":
                return self._session(self.connection().scope, wanted)
        except Missing as error:
            raise NotFound(f"{wanted.id}: {error.message}") from error
        raise NotFound(f"{wanted.kind} is not handled for AWS: act by hand")

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        """Find the user of a key again, or a user or role by its ARN.

        Raises:
            Gone: there is no such key, user or role any more.
        """
        scope = self.connection().scope
        try:
            if kind == "aws_access_key":
                user = principals.user(self._aws, principals.user_of_key(self._aws, id))
                return self._of_user(scope, kind, id, user)
            if kind == "aws_user_session":
                user = principals.user(self._aws, Arn.of(id).name)
                return self._of_user(scope, kind, str(user["Arn"]), user)
            if kind == "aws_role_session":
                return self._of_role(scope, principals.role(self._aws, Arn.of(id).name), given)
        except Missing as error:
            raise Gone(f"{id}: {error.message}") from error
        raise NotFound(f"{kind} is not handled for AWS")

    def _session(self, scope: str, wanted: Wanted) -> Target:
        if not wanted.actor:
            raise NotFound(f"the case does not say whose session {wanted.id} is of")
        where = Arn.of(wanted.actor)
        if where.account != scope:
            raise NotFound(f"{wanted.actor} is of another account than {scope}")
        if where.kind in ("role", "assumed-role"):
            by = {"minted_with": wanted.parent} if wanted.parent else {}
            return self._of_role(scope, principals.role(self._aws, where.name), by)
        if where.kind == "user":
            user = principals.user(self._aws, where.name)
            return self._of_user(scope, "aws_user_session", str(user["Arn"]), user)
        if where.kind == "federated-user" and wanted.parent:
            user = principals.user(self._aws, principals.user_of_key(self._aws, wanted.parent))
            return self._of_user(scope, "aws_user_session", str(user["Arn"]), user)
        raise NotFound(f"sessions of {wanted.actor} cannot be cut by a policy")

    def _of_user(self, scope: str, kind: str, id: str, user: Mapping[str, Any]) -> Target:
        arn = str(user["Arn"])
        return Target(
            self.name, scope, kind, id, arn, frozenset({str(user["UserId"])}),
            {"user": str(user["UserName"])},
        )  # fmt: skip

    def _of_role(self, scope: str, role: Mapping[str, Any], given: Facts) -> Target:
        arn = str(role["Arn"])
        facts = {"role": str(role["RoleName"]), "path": str(role.get("Path") or "/")}
        parent = self._parent(str(given.get("minted_with") or ""))
        return Target(
            self.name, scope, "aws_role_session", arn, arn, frozenset({str(role["RoleId"])}),
            facts | ({"parent": parent.identity} if parent else {}), given,
            (parent,) if parent else (),
        )  # fmt: skip

    def _parent(self, key: str) -> Party | None:
        """Give the user who assumed a role, where it was with a long-term key."""
        if not key.startswith("AKIA"):
            return None
        try:
            found = principals.user(self._aws, principals.user_of_key(self._aws, key))
        except Refused:
            return None
        names = frozenset({str(found["UserId"]), key})
        return Party(str(found["Arn"]), "the role is closed to it", names)

    def trace(self, act: Act) -> Finding | None:
        """Nothing yet is read from what a case shows."""
        return None

    def actions(self) -> Sequence[Action]:
        """Give all actions."""
        return self._actions

    def blast_radius(self, target: Target) -> BlastRadius:
        """Weigh what else breaks, by CloudTrail of this region and by simulation."""
        declared, notes = self._options, []
        callers: int | None = None
        by = ("AccessKeyId", target.id)
        if target.kind != "aws_access_key":
            by = ("ResourceName", target.identity)
            notes.append("callers: who opened sessions")
        try:
            seen, more = events(self._aws, *by, datetime.now(UTC) - timedelta(days=1))
            callers = len({one.caller for one in seen})
            notes.append("callers: management events of one region, some minutes late")
            if more:
                notes.append("callers: at least; there are more events than were read")
        except ProviderError as error:
            notes.append(f"callers: {error.message}")
        return BlastRadius(
            declared.dependents(target), callers, self._privileged(target),
            declared.in_production(target), tuple(notes),
        )  # fmt: skip

    def _privileged(self, target: Target) -> bool | None:
        try:
            return any(self._allowed(target.identity, _POWERFUL).values())
        except ProviderError:
            return None

    def _allowed(self, arn: str, names: Sequence[str], on: str = "*") -> dict[str, bool]:
        found: dict[str, bool] = {}
        for start in range(0, len(names), _SIMULATED):
            answer = self._aws.listed(
                "iam", "simulate_principal_policy", "EvaluationResults", PolicySourceArn=arn,
                ActionNames=list(names[start : start + _SIMULATED]), ResourceArns=[on],
            )  # fmt: skip
            found |= {
                str(one["EvalActionName"]): one["EvalDecision"] == "allowed" for one in answer
            }
        return found

    def protected(self, target: Target) -> str | None:
        """Name what AWS or Identity Center reserves.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
        """
        role, path = str(target.facts.get("role") or ""), str(target.facts.get("path") or "")
        if path.startswith("/aws-service-role/"):
            return "a service-linked role belongs to its service and takes no policies"
        if role.startswith("AWSReservedSSO_"):
            return "it is managed by IAM Identity Center; sign the person out there"
        if target.identity.endswith(":root"):
            return "no policy reaches the root user"
        return None

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        """Simulate our own policies; policies of the organisation and of resources are not seen."""
        asked = list(permissions)
        try:
            own = self.connection().principal
            found: dict[Permission, bool | None] = {}
            for resource in sorted({one.resource for one in asked}):
                names = sorted({one.name for one in asked if one.resource == resource})
                held = self._allowed(own, names, _example(resource, own))
                found |= {one: held.get(one.name) for one in asked if one.resource == resource}
        except ProviderError:
            return dict.fromkeys(asked)
        return found

    def policy(self, permissions: Iterable[Permission]) -> str:
        """Write an IAM policy."""
        wanted: dict[str, set[str]] = {}
        for one in permissions:
            wanted.setdefault(one.resource, set()).add(one.name)
        statements = [
            {"Effect": "Allow", "Action": sorted(names), "Resource": resource}
            for resource, names in sorted(wanted.items())
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _example(resource: str, own: str) -> str:
    """Give a resource that a pattern fits, in our own account: simulations take no patterns."""
    if resource == "*":
        return resource
    _, partition, _, _, account, _ = own.split(":", 5)
    _, _, service, region, _, name = resource.split(":", 5)
    where = region.replace("*", _ANY_REGION)
    return f"arn:{partition}:{service}:{where}:{account}:{name.replace('*', 'rekey')}"
