"""What can be done about a user's access key: recorded, switched off, deleted."""

from contextlib import suppress

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Action, Probe
from rekey.containment.target import Json
from rekey.providers.aws.client import Aws, Missing
from rekey.providers.aws.credential import credential
from rekey.providers.aws.described import ONCE, USER, on, spec
from rekey.providers.aws.keys import KIND, KeyAction, keys_before
from rekey.providers.aws.probe import KeyProbe
from rekey.providers.aws.settings import AwsOptions


class RecordAccessKey(KeyAction):
    """Keeps what a deletion takes away: the keys, and when they were used."""

    reads = "iam:ListAccessKeys, iam:GetAccessKeyLastUsed"
    spec = spec(
        "record_access_key", "Record the user's keys and their last use", Phase.EVIDENCE, KIND,
        ["ListAccessKeys", "GetAccessKeyLastUsed"],
        on(USER, "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"),
        "APIReference/API_ListAccessKeys.html", propagation=ONCE, mutates=False,
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """Read them once more."""
        keys: list[Json] = []
        for one in self._keys(call):
            used = self._aws.read("iam", "get_access_key_last_used", AccessKeyId=one.id)
            last = used.get("AccessKeyLastUsed") or {}
            date = last.get("LastUsedDate")
            keys.append(one.facts() | {
                "last_used": date.isoformat() if date else None,
                "service": last.get("ServiceName"), "region": last.get("Region"),
            })  # fmt: skip
        return Observation("present", {"keys": keys})


class DisableAccessKey(KeyAction):
    """Switches the key off; sessions that were opened with it live on."""

    spec = spec(
        "disable_access_key", "Switch the access key off", Phase.CLOSE_MINT, KIND,
        ["UpdateAccessKey"], on(USER, "iam:ListAccessKeys", "iam:UpdateAccessKey"),
        "APIReference/API_UpdateAccessKey.html", reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Grade A needs the secret, which AWS shows nobody a second time."""
        breaks = ("whatever signs with it",)
        because = "by its state; presented, the key itself: InvalidClientTokenId"
        return Forecast(Grade.B, because, breaks, if_presented=Grade.A)

    def observe(self, call: Call) -> Observation:
        """See whether it is on; a deleted key is off."""
        key = self._key(call)
        return Observation("absent" if key and key.active else "present", self._state(call))

    def probe(self, call: Call) -> Probe | None:
        """Present the key itself."""
        held = credential(call.presented)
        if held is None or not held.long_term or held.key_id != call.target.id:
            return None
        return KeyProbe(self._aws, held, self._options.presented_in(self._aws))

    def apply(self, call: Call) -> Applied:
        """Make it inactive."""
        return self._set(call, "Inactive")

    def compensate(self, call: Call) -> Applied:
        """Make it active again, if it was."""
        if any(one.get("id") == call.target.id and one.get("active") for one in keys_before(call)):
            return self._set(call, "Active")
        return Applied()


class DeleteAccessKey(KeyAction):
    """Deletes the key, once it is off."""

    spec = spec(
        "delete_access_key", "Delete the access key", Phase.DELETE, KIND, ["DeleteAccessKey"],
        on(USER, "iam:ListAccessKeys", "iam:DeleteAccessKey"),
        "APIReference/API_DeleteAccessKey.html",
    )  # fmt: skip

    def observe(self, call: Call) -> Observation:
        """See whether it is there."""
        return Observation("absent" if self._key(call) else "present", self._state(call))

    def apply(self, call: Call) -> Applied:
        """Delete it; one that was switched on again is somebody's, and stays."""
        key = self._key(call)
        if key is None:
            return Applied({"access_key": call.target.id})
        if key.active:
            raise Refused(f"{key.id} was switched on again; switch it off first")
        with suppress(Missing):
            self._delete(call, key.id)
        return Applied({"access_key": key.id})


def key_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    kinds = (RecordAccessKey, DisableAccessKey, DeleteAccessKey)
    return tuple(kind(aws, options) for kind in kinds)
