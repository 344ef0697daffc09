"""What can be done about a role: recorded, and closed to whoever handed its sessions to the thief."""

import json
from typing import Any

from rekey.containment.errors import Refused
from rekey.containment.interface import Action, Applied, Call, Forecast, Grade, Observation, Phase
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws
from rekey.providers.aws.cut_policy import sid, statements
from rekey.providers.aws.described import ONCE, ROLE, on, spec
from rekey.providers.aws.principals import fact, role
from rekey.providers.aws.settings import AwsOptions

KIND = ("aws_role_session",)


class RoleAction(AccountAction):
    """An action on the role of a target."""

    reads = "iam:GetRole"

    def _trust(self, call: Call) -> dict[str, Any]:
        return dict(role(self._aws, fact(call, "role"))["AssumeRolePolicyDocument"])


class RecordRole(RoleAction):
    """Keeps the role as it is: trust, policies, last use."""

    reads = "iam:GetRole, iam:ListRolePolicies, iam:ListAttachedRolePolicies"
    spec = spec(
        "record_role", "Record the role, its trust and its policies", Phase.EVIDENCE, KIND,
        ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"],
        on(ROLE, "iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
        "APIReference/API_GetRole.html", propagation=ONCE, mutates=False,
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Read it."""
        name = fact(call, "role")
        found = role(self._aws, name)
        used = (found.get("RoleLastUsed") or {}).get("LastUsedDate")
        attached = self._aws.listed(
            "iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name
        )
        return Observation("present", {
            "arn": str(found["Arn"]), "id": str(found["RoleId"]),
            "trust": dict(found["AssumeRolePolicyDocument"]),
            "inline": self._aws.listed("iam", "list_role_policies", "PolicyNames", RoleName=name),
            "attached": [str(one["PolicyArn"]) for one in attached],
            "last_used": used.isoformat() if used else None,
        })  # fmt: skip


class DenyAssumeByParent(RoleAction):
    """Adds a deny for the parent to the trust policy, and touches nothing else in it."""

    spec = spec(
        "deny_assume_by_parent", "Close the role to the identity that assumed it",
        Phase.CLOSE_MINT, KIND, ["UpdateAssumeRolePolicy"],
        on(ROLE, "iam:GetRole", "iam:UpdateAssumeRolePolicy"),
        "APIReference/API_UpdateAssumeRolePolicy.html", reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Impossible where nobody knows the parent."""
        parent = call.target.facts.get("parent")
        why = None if parent else "the case does not prove with which user's key it was assumed"
        breaks = (f"whatever {parent} does through this role",) if parent else ()
        return Forecast(Grade.B, f"{self.reads} shows the trust policy", breaks, impossible=why)

    def observe(self, call: Call) -> Observation:
        """See whether the parent is denied."""
        trust = self._trust(call)
        denied = [one for one in statements(trust) if one in _denials(call, str(one.get("Sid")))]
        if not denied:
            return Observation("absent", {"trust": trust})
        ours = any(one.get("Sid") == sid(call.marker) for one in denied)
        return Observation("present", {"trust": trust}, ours, {"statement": str(denied[0]["Sid"])})

    def apply(self, call: Call) -> Applied:
        """Add the statement."""
        fact(call, "parent")
        trust, mark = self._trust(call), sid(call.marker)
        held = [one for one in statements(trust) if one.get("Sid") != mark]
        return self._put(call, trust, [*held, *_denials(call, mark)], mark)

    def compensate(self, call: Call) -> Applied:
        """Take the statement out; what others changed since stays."""
        trust, mark = self._trust(call), sid(call.marker)
        held = statements(trust)
        kept = [one for one in held if one.get("Sid") != mark]
        if kept == held:
            return Applied()
        return self._put(call, trust, kept, mark)

    def _put(
        self, call: Call, trust: dict[str, Any], held: list[dict[str, Any]], mark: str
    ) -> Applied:
        if not held:
            raise Refused("a trust policy without a statement is none")
        document = json.dumps(trust | {"Statement": held})
        answer = self._aws.change(
            "iam", "update_assume_role_policy", RoleName=fact(call, "role"), PolicyDocument=document
        )
        request = (answer.get("ResponseMetadata") or {}).get("RequestId")
        return Applied({"statement": mark}, (), request)


def _denials(call: Call, mark: str) -> list[dict[str, Any]]:
    """Write the deny under a mark.

    It names the parent in a condition: a principal would be stored as a unique id, which a
    deletion of the parent turns into an invalid policy.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    parent = call.target.facts.get("parent")
    return [{
        "Sid": mark, "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": parent}},
    }] if parent else []  # fmt: skip


def role_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (RecordRole(aws, options), DenyAssumeByParent(aws, options))
