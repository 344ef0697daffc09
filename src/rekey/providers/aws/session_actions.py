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
from rekey.providers.aws.client import Aws, in_words
from rekey.providers.aws.credential import Credential
from rekey.providers.aws.deny_sessions import DELETABLE, DenySessions, OfRole, OfUser
from rekey.providers.aws.described import ROLE, USER, on, spec
from rekey.providers.aws.principals import listed
from rekey.providers.aws.probe import PERMISSIONS, SessionProbe
from rekey.providers.aws.settings import AwsOptions

_SIBLING_SECONDS: Final = 900  # the least that STS gives
_SIBLING_NAME: Final = 64  # characters that a session name may have


class InTurn(DenySessions):
    """A policy of a name that all runs share: the cut of a later one makes way for no earlier one."""

    policy: ClassVar[str]

    @abstractmethod
    def _holding(self, call: Call, policy: Mapping[str, Any]) -> list[str]:
        """Give the ids of the statements that bring the effect about."""

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
        return self._taken_away(call)

    def _name(self, call: Call) -> str:
        return self.policy


class DenyOlderSessions(InTurn):
    """Denies everything to sessions that were issued before the cut-off."""

    policy = cut_policy.NAME

    def forecast(self, call: Call) -> Forecast:
        """Say whose sessions end."""
        breaks = ("all its open sessions, the honest ones too",)
        because = (
            "by the policy; presented, a session: AccessDenied with an explicit deny; "
            f"{DELETABLE}"
        )  # fmt: skip
        return Forecast(Grade.B, because, breaks, if_presented=Grade.A, mint_open=self._open(call))

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


class DenyOlderUserSessions(DenyOlderSessions, OfUser):
    """Of a user: GetSessionToken and GetFederationToken. Long-term keys have no age, and live on."""

    spec = spec(
        "deny_older_user_sessions", "Cut the sessions of the user that are out", Phase.CUT,
        ("aws_access_key", "aws_user_session"), ["PutUserPolicy"],
        on(USER, "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"),
        "UserGuide/id_credentials_temp_control-access_disable-perms.html", reversible=True,
        on_identity=True,
    )  # fmt: skip


class DenyUserSessions(InTurn, OfUser):
    """Lets a user have no sessions, where nobody knows the key that opens them.

    ``GetSessionToken`` needs no permission, so that it cannot be denied; what it gives can. Long-term
    keys go on working, and so do roles that the user assumes.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """

    policy = cut_policy.ALL_SESSIONS
    spec = spec(
        "deny_user_sessions", "Deny the user every session, also those to come", Phase.CLOSE_MINT,
        ("aws_user_session",), ["PutUserPolicy"],
        on(USER, "iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"),
        "UserGuide/reference_policies_condition-keys.html", reversible=True, on_identity=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Leave it out where the key that opens them can be switched off instead."""
        facts = call.target.facts
        keys, ours = listed(facts, "opened_with"), listed(facts, "in_case")
        outside = [one for one in keys if one not in ours]
        breaks = (
            f"sessions that {call.target.identity} opens with its keys, until this is undone",
        )
        why = residual = None
        if outside:
            residual = f"the key {in_words(outside)}, with which it was opened, is not in this case"
        elif keys and not listed(facts, "by_nobody_known"):
            why = f"{in_words(keys)} opened it: switch that off"
        return Forecast(
            Grade.B, f"{self.reads} shows the policy; {DELETABLE}", breaks, impossible=why,
            if_presented=Grade.A, residual=residual, residual_endless=residual is not None,
        )  # fmt: skip

    def apply(self, call: Call) -> Applied:
        """Put the policy."""
        request = self._replace(call, cut_policy.of_all(call.marker))
        return Applied({"policy": self.policy}, (), request)

    def _holding(self, call: Call, policy: Mapping[str, Any]) -> list[str]:
        return cut_policy.ends_all(policy)

    def _marks(self, policy: Mapping[str, Any]) -> list[str]:
        return cut_policy.ends_all(policy)


class DenyOlderRoleSessions(DenyOlderSessions, OfRole):
    """Of a role: all of them, whoever assumed it."""

    spec = spec(
        "deny_older_role_sessions", "Cut the sessions of the role that are out", Phase.CUT,
        ("aws_role_session",), ["PutRolePolicy"],
        on(ROLE, "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"),
        "UserGuide/id_roles_use_revoke-sessions.html", reversible=True,
    )  # fmt: skip

    def probe(self, call: Call) -> Probe | None:
        """Present the session, else one beside it, where we may assume the role.

        The sibling may do nothing but what the proof asks, and lives for a quarter of an hour.
        ``sts:AssumeRole`` is not among the permissions: a responder who may assume every role of
        an account holds too much. Where a site grants it, the proof is better.
        """
        if (held := super().probe(call)) is not None:
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
