"""Cutting the sessions of a user or role that are out, by the time at which they were issued."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from rekey.containment.errors import Refused
from rekey.containment.interface import (
    Action,
    Applied,
    Call,
    Check,
    Forecast,
    Grade,
    Observation,
    Phase,
    Probe,
)
from rekey.containment.secret import Secret
from rekey.providers.aws import cut_policy
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.credential import Credential, credential
from rekey.providers.aws.described import ROLE, USER, on, spec
from rekey.providers.aws.principals import fact
from rekey.providers.aws.probe import PERMISSIONS, SessionProbe
from rekey.providers.aws.settings import AwsOptions

_SIBLING_SECONDS = 900  # the least that STS gives
_SIBLING_NAME = 64  # characters that a session name may have


class DenyOlderSessions(AccountAction):
    """Denies everything to sessions that were issued before the cut-off."""

    @abstractmethod
    def _given(self, call: Call) -> dict[str, str]:
        """Give whose policy it is, as the calls want it."""

    @property
    @abstractmethod
    def _kind(self) -> str:
        """``user`` or ``role``, as the calls are named."""

    def forecast(self, call: Call) -> Forecast:
        """Say whose sessions end."""
        breaks = ("all its sessions that are out, the honest ones too",)
        because = "by the policy; presented, a session: AccessDenied with an explicit deny"
        return Forecast(Grade.B, because, breaks, if_presented=Grade.A)

    def observe(self, call: Call) -> Observation:
        """See whether a policy of ours cuts at the cut-off, or later."""
        policy = self._policy(call)
        found = list(cut_policy.cuts(policy)) if policy else []
        cutoff = call.cutoff.replace(microsecond=0) if call.cutoff else None
        holding = [mark for at, mark in found if cutoff and at >= cutoff]
        state = {"policy": dict(policy) if policy else None}
        if not holding:
            return Observation("absent", state)
        ours = cut_policy.sid(call.marker) in holding
        return Observation("present", state, ours, {"policy": cut_policy.NAME})

    def apply(self, call: Call) -> Applied:
        """Put the policy; one of an earlier cut ends less, and makes way for it.

        Raises:
            Refused: there is no cut-off, so that nothing sensible could be written.
        """
        if call.cutoff is None:
            raise Refused("a cut by age needs the time at which minting was closed")
        foreign = self._policy(call)
        if foreign is not None and not list(cut_policy.cuts(foreign)):
            raise Refused(f"{cut_policy.NAME} says something else there; it is not overwritten")
        answer = self._put(call, cut_policy.written(call.cutoff, call.marker))
        facts = {"policy": cut_policy.NAME, "cutoff": call.cutoff.isoformat()}
        return Applied(facts, (), (answer.get("ResponseMetadata") or {}).get("RequestId"))

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the policy back."""
        wanted = f"a deny of what was issued before {call.cutoff:%Y-%m-%dT%H:%M:%SZ}"
        policy = self._policy(call)
        found = [at for at, _ in cut_policy.cuts(policy)] if policy else []
        holds = bool(call.cutoff and found and max(found) >= call.cutoff.replace(microsecond=0))
        answer = f"cut-off {max(found):%Y-%m-%dT%H:%M:%SZ}" if found else "no such policy"
        return [Check(Grade.B, call.target.scope, self.reads, wanted, answer, holds)]

    def compensate(self, call: Call) -> Applied:
        """Put back the policy from before, or take ours away."""
        before = call.before.state.get("policy") if call.before else None
        if isinstance(before, Mapping):
            self._put(call, json.dumps(before))
            return Applied()
        try:
            self._aws.change(
                "iam",
                f"delete_{self._kind}_policy",
                PolicyName=cut_policy.NAME,
                **self._given(call),
            )
        except Missing:
            return Applied()
        return Applied(removed=(cut_policy.NAME,))

    def _put(self, call: Call, document: str) -> dict[str, Any]:
        return self._aws.change(
            "iam", f"put_{self._kind}_policy", PolicyName=cut_policy.NAME,
            PolicyDocument=document, **self._given(call),
        )  # fmt: skip

    def _policy(self, call: Call) -> dict[str, Any] | None:
        try:
            found = self._aws.read(
                "iam", f"get_{self._kind}_policy", PolicyName=cut_policy.NAME, **self._given(call)
            )
        except Missing:
            return None
        return dict(found["PolicyDocument"])

    def _session(self, call: Call) -> Credential | None:
        held = credential(call.presented)
        return held if held and held.token else None


class DenyOlderUserSessions(DenyOlderSessions):
    """Of a user: GetSessionToken and GetFederationToken. Long-term keys have no age, and live on."""

    reads = "iam:GetUserPolicy"
    spec = spec(
        "deny_older_user_sessions", "Cut the sessions of the user that are out", Phase.CUT,
        ("aws_access_key", "aws_user_session"), ["PutUserPolicy"],
        on(USER, "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"),
        "UserGuide/id_credentials_temp_control-access_disable-perms.html", reversible=True,
        on_identity=True,
    )  # fmt: skip
    _kind = "user"

    def _given(self, call: Call) -> dict[str, str]:
        return {"UserName": fact(call, "user")}

    def probe(self, call: Call) -> Probe | None:
        """Present the session; only the user's own key could open another."""
        held = self._session(call)
        return SessionProbe(self._aws, held) if held else None


class DenyOlderRoleSessions(DenyOlderSessions):
    """Of a role: all of them, whoever assumed it."""

    reads = "iam:GetRolePolicy"
    spec = spec(
        "deny_older_role_sessions", "Cut the sessions of the role that are out", Phase.CUT,
        ("aws_role_session",), ["PutRolePolicy"],
        on(ROLE, "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"),
        "UserGuide/id_roles_use_revoke-sessions.html", reversible=True,
    )  # fmt: skip
    _kind = "role"

    def _given(self, call: Call) -> dict[str, str]:
        return {"RoleName": fact(call, "role")}

    def probe(self, call: Call) -> Probe | None:
        """Present the session, else one beside it, where we may assume the role.

        The sibling may do nothing but what the proof asks, and lives for a quarter of an hour.
        ``sts:AssumeRole`` is not among the permissions: a responder who may assume every role of
        an account holds too much. Where a site grants it, the proof is better.
        """
        if (held := self._session(call)) is not None:
            return SessionProbe(self._aws, held)
        allowed = {"Effect": "Allow", "Action": list(PERMISSIONS), "Resource": "*"}
        made = self._aws.change(
            "sts", "assume_role", RoleArn=call.target.id,
            RoleSessionName=call.marker[-_SIBLING_NAME:], DurationSeconds=_SIBLING_SECONDS,
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )["Credentials"]  # fmt: skip
        sibling = Credential(
            str(made["AccessKeyId"]), Secret(str(made["SecretAccessKey"])),
            Secret(str(made["SessionToken"])),
        )  # fmt: skip
        return SessionProbe(self._aws, sibling, Grade.A_SIBLING)


def session_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (DenyOlderUserSessions(aws, options), DenyOlderRoleSessions(aws, options))
