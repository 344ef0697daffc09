"""Cutting sessions by the organisation's word, which nobody in the account can take back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Action, Probe
from rekey.containment.target import Json
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.cut_policy import cuts_of, document, is_ours, of_principal, sid, statements
from rekey.providers.aws.deny_sessions import session_probe
from rekey.providers.aws.described import spec
from rekey.providers.aws.organization import PERMISSIONS, PREFIX, Organization, Policy
from rekey.providers.aws.role_actions import closable_mint
from rekey.providers.aws.settings import AwsOptions

_UNCONNECTED: Final = "no organization_profile in the settings"
_EITHER: Final = "presented, a session: AccessDenied with an explicit deny, by this policy or by the account's own"
"""AWS names one of both: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""

_FEDERATED: Final = "sessions of GetFederationToken are a principal of their own: only the user's policy reaches them"


class DenyOlderSessionsByOrganization(AccountAction):
    """Denies everything to sessions of a user or role that were issued before the cut-off.

    One service control policy a run, with a statement for each of its cuts: an account takes few
    policies, and two runs that changed the same one at the same time could lose a statement.
    """

    reads = "organizations:DescribePolicy, organizations:ListPoliciesForTarget"
    spec = spec(
        "deny_older_sessions_by_organization",
        "Cut the sessions that are out by a service control policy", Phase.CUT,
        ("aws_access_key", "aws_user_session", "aws_role_session"),
        ["CreatePolicy or UpdatePolicy", "AttachPolicy"], PERMISSIONS,
        "UserGuide/reference_policies_condition-keys.html", reversible=True,
    )  # fmt: skip

    def __init__(
        self, aws: Aws, options: AwsOptions, organization: Organization | None = None
    ) -> None:
        super().__init__(aws, options)
        self._organization = organization
        if organization is None:  # nothing is asked of anybody then
            self.spec = replace(self.spec, permissions=())

    def forecast(self, call: Call) -> Forecast:
        """Impossible where no organisation is connected, or it cannot be done there."""
        why: str | None = _UNCONNECTED
        if self._organization is not None:
            why = self._organization.unable(call.target.scope, _name(call))
        role = call.target.kind == "aws_role_session"
        because = f"{self.reads} show it; {_EITHER}" + ("" if role else f"; {_FEDERATED}")
        return Forecast(
            Grade.B, because, ("all its open sessions, the honest ones too",), impossible=why,
            if_presented=Grade.A, mint_open=closable_mint(self._aws, call) if role else None,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """See whether our statement stands in the policy, and the policy on the account."""
        found = self._found(call)
        state: dict[str, Json] = {}
        if found is not None:
            state = {"policy": dict(found.document), "attached": found.attached}
        if found is None or not found.attached or not self._holds(call, found):
            return Observation("absent", state)
        return Observation("present", state, True, {"policy": found.id})

    def apply(self, call: Call) -> Applied:
        """Add our statement, and attach the policy where it is not.

        Raises:
            Refused: there is no cut-off, or something else than rekey's has the policy's name.
        """
        if call.cutoff is None:
            raise Refused("a cut by age needs the time at which minting was closed")
        found = self._found(call)
        others = _others(call, found)
        if any(not is_ours(one) for one in others):
            raise Refused(f"{_name(call)} says something else there; it is not overwritten")
        own = of_principal(call.target.identity, call.cutoff, call.marker)
        said = document([*others, own])
        done = self._connected.put(call.target.scope, _name(call), said, found)
        facts: dict[str, Json] = {"policy": _name(call), "cutoff": call.cutoff.isoformat()}
        if done.removed:
            facts["made_room"] = list(done.removed)
        return Applied(facts, (), done.request_id)

    def verify(self, call: Call) -> Sequence[Check]:
        """Read policy and attachment back."""
        found = self._found(call)
        holds = found is not None and found.attached and self._holds(call, found)
        answer = "no such policy"
        if found is not None:
            said = "says it" if self._holds(call, found) else "does not say it"
            answer = f"the policy {said}, and is {'' if found.attached else 'not '}attached"
        wanted = "the policy says it, and is attached"
        return [Check(Grade.B, call.target.scope, self.reads, wanted, answer, holds)]

    def probe(self, call: Call) -> Probe | None:
        """Present the session, where the responder has it."""
        return session_probe(self._aws, self._options, call)

    def compensate(self, call: Call) -> Applied:
        """Take our statement out; the last one takes the policy with it."""
        found = self._found(call)
        others = _others(call, found)
        if found is None or len(others) == len(statements(found.document)):
            return Applied()
        if others:
            self._connected.put(call.target.scope, _name(call), document(others), found)
            return Applied()
        try:
            self._connected.remove(call.target.scope, found)
        except Missing:
            return Applied()
        return Applied(removed=(_name(call),))

    @property
    def _connected(self) -> Organization:
        if self._organization is None:
            raise Refused(_UNCONNECTED)
        return self._organization

    def _found(self, call: Call) -> Policy | None:
        if self._organization is None:
            return None
        return self._organization.find(call.target.scope, _name(call))

    def _holds(self, call: Call, policy: Policy) -> bool:
        cutoff = call.cutoff.replace(microsecond=0) if call.cutoff else None
        found = cuts_of(policy.document, call.target.identity)
        return any(mark == sid(call.marker) and cutoff and at >= cutoff for at, mark in found)


def _name(call: Call) -> str:
    """Name the policy: names are unique within the organisation, and a run may reach two accounts."""
    return f"{PREFIX}{call.run}-{call.target.scope}"


def _others(call: Call, policy: Policy | None) -> list[dict[str, Any]]:
    own = sid(call.marker)
    found = statements(policy.document) if policy else []
    return [one for one in found if one.get("Sid") != own]


def organization_actions(
    aws: Aws, options: AwsOptions, organization: Organization | None
) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (DenyOlderSessionsByOrganization(aws, options, organization),)
