"""The access keys of a user, and what actions on them share.

Every call names the user: without a name, IAM takes the one who calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rekey.containment.call import Applied, Call
from rekey.containment.target import Json
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.principals import fact

KIND: Final = ("aws_access_key",)
QUOTA: Final = 2
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@dataclass(frozen=True)
class Key:
    """An access key, as ListAccessKeys shows it."""

    id: str
    active: bool
    created: datetime

    def facts(self) -> dict[str, Json]:
        """Give what a plan should show."""
        return {"id": self.id, "active": self.active, "created": self.created.isoformat()}


class KeyAction(AccountAction):
    """An action on the access key of a target, and on its user's other keys."""

    reads = "iam:ListAccessKeys"

    def _keys(self, call: Call) -> list[Key]:
        found = self._aws.listed(
            "iam", "list_access_keys", "AccessKeyMetadata", UserName=fact(call, "user")
        )
        return [
            Key(str(one["AccessKeyId"]), one["Status"] == "Active",
                one["CreateDate"].astimezone(UTC))
            for one in found
        ]  # fmt: skip

    def _key(self, call: Call) -> Key | None:
        return next((one for one in self._keys(call) if one.id == call.target.id), None)

    def _state(self, call: Call) -> dict[str, Json]:
        return {"keys": [one.facts() for one in self._keys(call)]}

    def _set(self, call: Call, status: str) -> Applied:
        answer = self._aws.change(
            "iam", "update_access_key", UserName=fact(call, "user"), AccessKeyId=call.target.id,
            Status=status,
        )  # fmt: skip
        return Applied({"access_key": call.target.id, "status": status}, (), request_id(answer))

    def _delete(self, call: Call, id: str) -> None:
        self._aws.change("iam", "delete_access_key", UserName=fact(call, "user"), AccessKeyId=id)


def keys_before(call: Call) -> Sequence[Mapping[str, Any]]:
    """Give the keys that were there before the intent, as :meth:`Key.facts` has them."""
    held = call.before.state.get("keys") if call.before else None
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list | tuple) else []


def request_id(answer: Mapping[str, Any]) -> str | None:
    """Give AWS's id of a call, to find it in CloudTrail."""
    return (answer.get("ResponseMetadata") or {}).get("RequestId")
