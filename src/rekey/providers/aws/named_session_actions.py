"""Cutting single sessions of a role by their names, where the honest ones must go on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Action
from rekey.providers.aws import cut_policy
from rekey.providers.aws.client import Aws, in_words
from rekey.providers.aws.deny_sessions import DELETABLE, OfRole
from rekey.providers.aws.described import ROLE, on, spec
from rekey.providers.aws.principals import fact, listed, role
from rekey.providers.aws.settings import AwsOptions

_PREFIX: Final = "rekey-deny-"
_LONGEST: Final = 43_200
"""Seconds; the longest that a role may let sessions live:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html"""


class DenyNamedRoleSessions(OfRole):
    """Denies everything to sessions of the names that the thief chose, and to nobody else.

    A name is the caller's choice: what he opened under another one lives on, and the plan says so.
    Each run has a policy of its own, so that undoing one leaves what another one cut.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-userid
    """

    spec = spec(
        "deny_named_role_sessions", "Cut the sessions of these names, and spare the others",
        Phase.CUT, ("aws_role_session",), ["PutRolePolicy"],
        on(ROLE, "iam:GetRole", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"),
        "UserGuide/reference_policies_condition-keys.html", reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Impossible where CloudTrail does not tell the name of each session."""
        sessions, unnamed = _sessions(call), listed(call.target.facts, "unnamed")
        why = None
        if unnamed or not sessions:
            whose = in_words(unnamed) if unnamed else "any session"
            why = f"CloudTrail does not (yet) tell the name of {whose}"
        name = fact(call, "role")
        names = in_words([one.partition(":")[2] for one in sessions])
        lasts = timedelta(seconds=role(self._aws, name).get("MaxSessionDuration") or _LONGEST)
        return Forecast(
            Grade.B,
            f"by the policy; presented, a session: AccessDenied with an explicit deny; {DELETABLE}",
            (f"all sessions of {name} named {names}, also later ones, until this is undone",),
            impossible=why, if_presented=Grade.A, mint_open=self._open(call),
            residual=f"sessions of {name} under other names, should the thief have opened any",
            residual_until=datetime.now(UTC).replace(microsecond=0) + lasts,
        )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """See whether our policy is there and names them all."""
        policy = self._policy(call)
        state = {"policy": dict(policy) if policy else None}
        if policy is None or self._missing(call, policy):
            return Observation("absent", state)
        return Observation("present", state, True, {"policy": self._name(call)})

    def apply(self, call: Call) -> Applied:
        """Put the policy.

        Raises:
            Refused: no name is known, or something else is called like our policy.
        """
        if not (sessions := _sessions(call)):
            raise Refused(f"{call.target.id}: the plan names none of its sessions")
        request = self._replace(call, cut_policy.of_named(sessions, call.marker))
        return Applied({"policy": self._name(call), "sessions": sessions}, (), request)

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the policy back."""
        wanted = f"a deny of {in_words(_sessions(call))}"
        policy = self._policy(call)
        missing = self._missing(call, policy) if policy else []
        answer = "no such policy"
        if policy:
            answer = f"does not name {in_words(missing)}" if missing else wanted
        holds = policy is not None and not missing
        return [Check(Grade.B, call.target.scope, self.reads, wanted, answer, holds)]

    def compensate(self, call: Call) -> Applied:
        """Take our policy away."""
        return self._taken_away(call)

    def _name(self, call: Call) -> str:
        return f"{_PREFIX}{cut_policy.sid(call.marker)}"

    def _missing(self, call: Call, policy: Mapping[str, Any]) -> list[str]:
        named = cut_policy.named(policy).get(cut_policy.sid(call.marker), [])
        return [one for one in _sessions(call) if one not in named]

    def _marks(self, policy: Mapping[str, Any]) -> list[str]:
        return list(cut_policy.named(policy))


def _sessions(call: Call) -> list[str]:
    """Give the sessions as ``aws:userid`` has them: id of the role, name of the session."""
    return listed(call.target.facts, "sessions")


def named_session_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (DenyNamedRoleSessions(aws, options),)
