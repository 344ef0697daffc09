"""What can be done about a role: recorded, and closed to whoever opened its sessions."""

import json
from typing import Any

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Action
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws
from rekey.providers.aws.cut_policy import sid, statements
from rekey.providers.aws.described import ONCE, ROLE, on, spec
from rekey.providers.aws.principals import fact, listed, role
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trust import closable, denials, still_open, worded

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
    """Adds a deny for whoever opened the sessions to the trust policy, and touches nothing else."""

    spec = spec(
        "deny_assume_by_parent", "Close the role to whoever opened the sessions",
        Phase.CLOSE_MINT, KIND, ["UpdateAssumeRolePolicy"],
        on(ROLE, "iam:GetRole", "iam:UpdateAssumeRolePolicy"),
        "APIReference/API_UpdateAssumeRolePolicy.html", reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Impossible where nobody knows the opener, or no policy can name it."""
        named = openers(call)
        closed = [one for one in named if closable(one)]
        open_ = mint_open(self._aws, call)
        why = None if closed else open_ or "no policy can name who opened the sessions"
        breaks = tuple(f"whatever {worded(one)} does through this role" for one in closed)
        return Forecast(
            Grade.B, f"{self.reads} shows the trust policy", breaks, impossible=why,
            mint_open=open_,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """See whether all of them are denied, by us or by hand.

        What another run denied is its own, and goes when that one is undone: ours stands beside it.
        """
        trust, mark = self._trust(call), sid(call.marker)
        held = [(str(one.get("Sid") or ""), _unmarked(one)) for one in statements(trust)]
        wanted = [_unmarked(one) for one in denials(openers(call), mark)]
        ours = [rest for name, rest in held if name.startswith(mark)]
        others = [rest for name, rest in held if not name.startswith(_RUNS)]
        state = {"trust": trust}
        if not wanted or any(one not in ours and one not in others for one in wanted):
            return Observation("absent", state)
        by_us = any(one in ours for one in wanted)
        return Observation("present", state, by_us, {"statement": mark} if by_us else {})

    def apply(self, call: Call) -> Applied:
        """Add the statements."""
        trust, mark = self._trust(call), sid(call.marker)
        new = denials(openers(call), mark)
        if not new:
            raise Refused(f"{call.target.id}: the plan does not say who opened its sessions")
        return self._put(call, trust, [*self._others(trust, mark), *new], mark)

    def compensate(self, call: Call) -> Applied:
        """Take the statements out; what others changed since stays."""
        trust, mark = self._trust(call), sid(call.marker)
        kept = self._others(trust, mark)
        if len(kept) == len(statements(trust)):
            return Applied()
        return self._put(call, trust, kept, mark)

    def _others(self, trust: dict[str, Any], mark: str) -> list[dict[str, Any]]:
        return [one for one in statements(trust) if not str(one.get("Sid")).startswith(mark)]

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


_RUNS = sid("rekey-")
"""Begin of what runs leave as statement ids."""


def openers(call: Call) -> list[str]:
    """Give who opened the sessions, as far as that is known."""
    return listed(call.target.facts, "openers")


def mint_open(aws: Aws, call: Call) -> str | None:
    """Say how the next session can be opened although the trust is closed to the openers."""
    name = fact(call, "role")
    nobody = listed(call.target.facts, "by_nobody_known")
    return still_open(openers(call), name, role(aws, name)["AssumeRolePolicyDocument"], nobody)


def closable_mint(aws: Aws, call: Call) -> str | None:
    """Say how the next session is opened where the trust cannot be closed to anybody."""
    return None if any(closable(one) for one in openers(call)) else mint_open(aws, call)


def _unmarked(statement: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != "Sid"}


def role_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (RecordRole(aws, options), DenyAssumeByParent(aws, options))
