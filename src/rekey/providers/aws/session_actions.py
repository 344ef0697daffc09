"""Cutting the sessions of a user or role that are out, by the time at which they were issued."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Action, Probe
from rekey.containment.secret import Secret
from rekey.providers.aws import cut_policy
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.credential import Credential, credential
from rekey.providers.aws.described import ROLE, USER, on, spec
from rekey.providers.aws.principals import fact, role
from rekey.providers.aws.probe import PERMISSIONS, SessionProbe
from rekey.providers.aws.role_actions import openers
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trust import closable, still_open

_SIBLING_SECONDS: Final = 900  # the least that STS gives
_SIBLING_NAME: Final = 64  # characters that a session name may have

_DELETABLE: Final = (
    "whoever may change IAM in this account can take the policy away again: where that may be the "
    "thief, have the organisation deny it (a service control policy)"
)


class DenySessions(AccountAction):
    """An inline policy of a name that is ours, which denies everything to sessions."""

    policy: ClassVar[str]

    @abstractmethod
    def _given(self, call: Call) -> dict[str, str]:
        """Give whose policy it is, as the calls want it."""

    @property
    @abstractmethod
    def _kind(self) -> str:
        """``user`` or ``role``, as the calls are named."""

    @abstractmethod
    def _holding(self, call: Call, policy: Mapping[str, Any]) -> list[str]:
        """Give the ids of the statements that bring the effect about."""

    @abstractmethod
    def _marks(self, policy: Mapping[str, Any]) -> list[str]:
        """Give the ids of all statements of this sort."""

    def observe(self, call: Call) -> Observation:
        """See whether the policy holds, and whose it is."""
        policy = self._policy(call)
        holding = self._holding(call, policy) if policy else []
        state = {"policy": dict(policy) if policy else None}
        if not holding:
            return Observation("absent", state)
        ours = cut_policy.sid(call.marker) in holding
        return Observation("present", state, ours, {"policy": self.policy})

    def compensate(self, call: Call) -> Applied:
        """Put back the policy from before, or take ours away; another run's stays.

        Raises:
            Refused: another run has put its own in the place of ours.
        """
        now = self._policy(call)
        marks = self._marks(now) if now else []
        if cut_policy.sid(call.marker) not in marks:
            if marks and now != _before(call):
                holder = cut_policy.run_of(marks[0])
                raise Refused(f"{self.policy} is held by {holder} now: undo that one first")
            return Applied()
        if (before := _before(call)) is not None:
            self._put(call, json.dumps(before))
            return Applied()
        try:
            self._aws.change("iam", f"delete_{self._kind}_policy", PolicyName=self.policy,
                             **self._given(call))  # fmt: skip
        except Missing:
            return Applied()
        return Applied(removed=(self.policy,))

    def _replace(self, call: Call, document: str) -> str | None:
        """Put the policy, unless something else than ours has its name; give the request's id."""
        foreign = self._policy(call)
        if foreign is not None and not self._marks(foreign):
            raise Refused(f"{self.policy} says something else there; it is not overwritten")
        return (self._put(call, document).get("ResponseMetadata") or {}).get("RequestId")

    def _put(self, call: Call, document: str) -> dict[str, Any]:
        return self._aws.change(
            "iam", f"put_{self._kind}_policy", PolicyName=self.policy,
            PolicyDocument=document, **self._given(call),
        )  # fmt: skip

    def _policy(self, call: Call) -> dict[str, Any] | None:
        try:
            found = self._aws.read(
                "iam", f"get_{self._kind}_policy", PolicyName=self.policy, **self._given(call)
            )
        except Missing:
            return None
        return dict(found["PolicyDocument"])

    def _presented(self, call: Call) -> Probe | None:
        held = credential(call.presented)
        if held is None or held.token is None:
            return None
        return SessionProbe(self._aws, held, self._options.presented_in(self._aws))


class DenyOlderSessions(DenySessions):
    """Denies everything to sessions that were issued before the cut-off."""

    policy = cut_policy.NAME

    def forecast(self, call: Call) -> Forecast:
        """Say whose sessions end."""
        breaks = ("all its open sessions, the honest ones too",)
        because = (
            "by the policy; presented, a session: AccessDenied with an explicit deny; "
            f"{_DELETABLE}"
        )  # fmt: skip
        return Forecast(Grade.B, because, breaks, if_presented=Grade.A, mint_open=self._open(call))

    def _open(self, call: Call) -> str | None:
        return None

    def _holding(self, call: Call, policy: Mapping[str, Any]) -> list[str]:
        cutoff = call.cutoff.replace(microsecond=0) if call.cutoff else None
        return [mark for at, mark in cut_policy.cuts(policy) if cutoff and at >= cutoff]

    def _marks(self, policy: Mapping[str, Any]) -> list[str]:
        return [mark for _, mark in cut_policy.cuts(policy)]

    def apply(self, call: Call) -> Applied:
        """Put the policy; one of an earlier cut ends less, and makes way for it.

        Raises:
            Refused: there is no cut-off, so that nothing sensible could be written.
        """
        if call.cutoff is None:
            raise Refused("a cut by age needs the time at which minting was closed")
        request = self._replace(call, cut_policy.written(call.cutoff, call.marker))
        facts = {"policy": self.policy, "cutoff": call.cutoff.isoformat()}
        return Applied(facts, (), request)

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the policy back."""
        wanted = f"a deny of what was issued before {call.cutoff:%Y-%m-%dT%H:%M:%SZ}"
        policy = self._policy(call)
        found = [at for at, _ in cut_policy.cuts(policy)] if policy else []
        holds = bool(call.cutoff and found and max(found) >= call.cutoff.replace(microsecond=0))
        answer = f"cut-off {max(found):%Y-%m-%dT%H:%M:%SZ}" if found else "no such policy"
        return [Check(Grade.B, call.target.scope, self.reads, wanted, answer, holds)]


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
        return self._presented(call)


class DenyUserSessions(DenySessions):
    """Lets a user have no sessions, where nobody knows the key that opens them.

    ``GetSessionToken`` needs no permission, so that it cannot be denied; what it gives can. Long-term
    keys go on working, and so do roles that the user assumes.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """

    reads = "iam:GetUserPolicy"
    policy = cut_policy.ALL_SESSIONS
    spec = spec(
        "deny_user_sessions", "Deny the user every session, also those to come", Phase.CLOSE_MINT,
        ("aws_user_session",), ["PutUserPolicy"],
        on(USER, "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"),
        "UserGuide/reference_policies_condition-keys.html", reversible=True, on_identity=True,
    )  # fmt: skip
    _kind = "user"

    def forecast(self, call: Call) -> Forecast:
        """Leave it out where the key that opens them can be switched off instead."""
        key, in_case = call.target.facts.get("opened_with"), call.target.facts.get("in_case")
        breaks = (
            f"sessions that {call.target.identity} opens with its keys, until this is undone",
        )
        why = f"{key} opened it: switch that off" if key and in_case else None
        residual = None
        if key and not in_case:
            residual = f"the key {key}, with which it was opened, is not in this case"
        return Forecast(
            Grade.B, f"{self.reads} shows the policy; {_DELETABLE}", breaks, impossible=why,
            if_presented=Grade.A, residual=residual, residual_endless=residual is not None,
        )  # fmt: skip

    def apply(self, call: Call) -> Applied:
        """Put the policy."""
        request = self._replace(call, cut_policy.of_all(call.marker))
        return Applied({"policy": self.policy}, (), request)

    def probe(self, call: Call) -> Probe | None:
        """Present the session."""
        return self._presented(call)

    def _given(self, call: Call) -> dict[str, str]:
        return {"UserName": fact(call, "user")}

    def _holding(self, call: Call, policy: Mapping[str, Any]) -> list[str]:
        return cut_policy.ends_all(policy)

    def _marks(self, policy: Mapping[str, Any]) -> list[str]:
        return cut_policy.ends_all(policy)


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

    def _open(self, call: Call) -> str | None:
        """Say how the next one is opened where the trust cannot be closed to anybody."""
        named = openers(call)
        if any(closable(one) for one in named):
            return None
        name = fact(call, "role")
        return still_open(named, name, role(self._aws, name)["AssumeRolePolicyDocument"])

    def probe(self, call: Call) -> Probe | None:
        """Present the session, else one beside it, where we may assume the role.

        The sibling may do nothing but what the proof asks, and lives for a quarter of an hour.
        ``sts:AssumeRole`` is not among the permissions: a responder who may assume every role of
        an account holds too much. Where a site grants it, the proof is better.
        """
        if (held := self._presented(call)) is not None:
            return held
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
        regions = self._options.presented_in(self._aws)
        return SessionProbe(self._aws, sibling, regions, Grade.A_SIBLING)


def _before(call: Call) -> dict[str, Any] | None:
    held = call.before.state.get("policy") if call.before else None
    return dict(held) if isinstance(held, Mapping) else None


def session_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    kinds = (DenyOlderUserSessions, DenyUserSessions, DenyOlderRoleSessions)
    return tuple(kind(aws, options) for kind in kinds)
