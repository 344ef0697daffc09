"""Inline policies that deny everything to sessions: how they are put, read back and taken away."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from rekey.containment.call import Applied, Call
from rekey.containment.errors import Refused
from rekey.containment.interface import Probe
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.credential import credential
from rekey.providers.aws.principals import fact
from rekey.providers.aws.probe import SessionProbe
from rekey.providers.aws.role_actions import closable_mint
from rekey.providers.aws.settings import AwsOptions

DELETABLE: Final = (
    "whoever may change IAM in this account can take the policy away again: where that may be the "
    "thief, have the organisation deny it (a service control policy)"
)


def session_probe(aws: Aws, options: AwsOptions, call: Call) -> Probe | None:
    """Present a session, where the responder has it."""
    held = credential(call.presented)
    if held is None or held.token is None:
        return None
    return SessionProbe(aws, held, options.presented_in(aws))


class DenySessions(AccountAction):
    """An inline policy of a name that is ours, which denies everything to sessions."""

    @abstractmethod
    def _name(self, call: Call) -> str:
        """Name the policy."""

    @abstractmethod
    def _given(self, call: Call) -> dict[str, str]:
        """Give whose policy it is, as the calls want it."""

    @property
    @abstractmethod
    def _kind(self) -> str:
        """``user`` or ``role``, as the calls are named."""

    @abstractmethod
    def _marks(self, policy: Mapping[str, Any]) -> list[str]:
        """Give the ids of all statements of this sort."""

    def probe(self, call: Call) -> Probe | None:
        """Present the session, where the responder has it."""
        return session_probe(self._aws, self._options, call)

    def _open(self, call: Call) -> str | None:
        """Say how the next session is opened although nothing in the plan closes that way."""
        return None

    def _policy(self, call: Call) -> dict[str, Any] | None:
        try:
            found = self._aws.read(
                "iam", f"get_{self._kind}_policy", PolicyName=self._name(call), **self._given(call)
            )
        except Missing:
            return None
        return dict(found["PolicyDocument"])

    def _replace(self, call: Call, document: str) -> str | None:
        """Put the policy, unless something else than ours has its name; give the request's id."""
        foreign = self._policy(call)
        if foreign is not None and not self._marks(foreign):
            raise Refused(f"{self._name(call)} says something else there; it is not overwritten")
        return (self._put(call, document).get("ResponseMetadata") or {}).get("RequestId")

    def _put(self, call: Call, document: str) -> dict[str, Any]:
        return self._aws.change(
            "iam", f"put_{self._kind}_policy", PolicyName=self._name(call),
            PolicyDocument=document, **self._given(call),
        )  # fmt: skip

    def _taken_away(self, call: Call) -> Applied:
        """Delete the policy."""
        name = self._name(call)
        try:
            self._aws.change("iam", f"delete_{self._kind}_policy", PolicyName=name,
                             **self._given(call))  # fmt: skip
        except Missing:
            return Applied()
        return Applied(removed=(name,))


class OfUser(DenySessions):
    """A policy of a user."""

    reads = "iam:GetUserPolicy"
    _kind = "user"

    def _given(self, call: Call) -> dict[str, str]:
        return {"UserName": fact(call, "user")}


class OfRole(DenySessions):
    """A policy of a role."""

    reads = "iam:GetRolePolicy"
    _kind = "role"

    def _given(self, call: Call) -> dict[str, str]:
        return {"RoleName": fact(call, "role")}

    def _open(self, call: Call) -> str | None:
        """Say how the next session is opened where the trust cannot be closed to anybody."""
        return closable_mint(self._aws, call)
