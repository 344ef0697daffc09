"""What can be done about a user's access key.

Every call names the user: without a name, IAM takes the one who calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rekey.containment.errors import Refused
from rekey.containment.interface import (
    Action,
    Applied,
    Call,
    Check,
    Forecast,
    Grade,
    Json,
    Observation,
    Phase,
    Probe,
)
from rekey.containment.secret import Secret
from rekey.providers.aws.account_action import AccountAction
from rekey.providers.aws.client import Aws, Missing, in_words
from rekey.providers.aws.credential import as_json, credential
from rekey.providers.aws.described import ONCE, USED, USER, on, spec
from rekey.providers.aws.principals import fact
from rekey.providers.aws.probe import KeyProbe
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trail import events

KIND: Final = ("aws_access_key",)
QUOTA: Final = 2
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_CLOCKS: Final = timedelta(minutes=5)
"""By more, our clock is not off: AWS would refuse the signatures of our calls."""


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
        return Applied({"access_key": call.target.id, "status": status}, (), _request(answer))


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
        return KeyProbe(self._aws, held)

    def apply(self, call: Call) -> Applied:
        """Make it inactive."""
        return self._set(call, "Inactive")

    def compensate(self, call: Call) -> Applied:
        """Make it active again, if it was."""
        if any(one.get("id") == call.target.id and one.get("active") for one in _before(call)):
            return self._set(call, "Active")
        return Applied()


class CreateAccessKey(KeyAction):
    """Makes the user's next key and writes it to the store.

    Keys carry no mark: one that is not in the list from before the intent, and not older than it,
    is ours. Its secret is shown once; lost, the key is deleted and another made.
    """

    spec = spec(
        "create_access_key", "Make a new access key, and store it", Phase.ISSUE, KIND,
        ["CreateAccessKey"],
        on(USER, "iam:ListAccessKeys", "iam:CreateAccessKey", "iam:DeleteAccessKey"),
        "APIReference/API_CreateAccessKey.html", propagation=ONCE, reversible=True,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Impossible where both places are taken; inactive keys take places too."""
        keys, full = self._keys(call), None
        if len(keys) >= QUOTA:
            others = in_words([one.id for one in keys if one.id != call.target.id])
            full = f"the user has {QUOTA} keys, as many as there may be: delete {others} first"
        return Forecast(Grade.B, "the list of keys and the store show it", impossible=full)

    def observe(self, call: Call) -> Observation:
        """Find what is newer than the intent."""
        keys = self._keys(call)
        ours = self._ours(call, keys)
        state: dict[str, Json] = {"keys": [one.facts() for one in keys]}
        others = frozenset(one.id for one in keys) - {one.id for one in ours}
        if not ours:
            return Observation("absent", state, existing=others)
        version = _stored(call, ours[0].id)
        if version is None or len(ours) > 1:
            orphans: list[Json] = [one.id for one in ours]
            return Observation("partial", state | {"orphans": orphans}, existing=others)
        facts = {"access_key": ours[0].id, "version": version}
        return Observation("present", state, True, facts, others)

    def apply(self, call: Call) -> Applied:
        """Delete what an earlier attempt left, make one, and store it."""
        if call.store is None or not call.destination:
            raise Refused("no store for the new access key")
        removed = self._delete(call, self._ours(call, self._keys(call)))
        made = self._aws.change("iam", "create_access_key", UserName=fact(call, "user"))
        key = made["AccessKey"]
        id = str(key["AccessKeyId"])
        value = as_json(id, Secret(str(key["SecretAccessKey"])))
        version = call.store.write(call.destination, value, call.mark_of(id))
        facts = {"access_key": id, "version": version}
        return Applied(facts, removed, _request(made))

    def compensate(self, call: Call) -> Applied:
        """Delete it again; the store keeps a key that opens nothing."""
        return Applied(removed=self._delete(call, self._ours(call, self._keys(call))))

    def _ours(self, call: Call, keys: Sequence[Key]) -> list[Key]:
        if call.before is None or call.intended_at is None:
            return []
        known = {str(one.get("id")) for one in _before(call)}
        earliest = call.intended_at - _CLOCKS
        return [one for one in keys if one.id not in known and one.created >= earliest]

    def _delete(self, call: Call, keys: Sequence[Key]) -> tuple[str, ...]:
        for one in keys:
            self._aws.change(
                "iam", "delete_access_key", UserName=fact(call, "user"), AccessKeyId=one.id
            )
        return tuple(one.id for one in keys)


class ConfirmAccessKeyUsed(KeyAction):
    """Sees the successor in use."""

    reads = "iam:GetAccessKeyLastUsed, else cloudtrail:LookupEvents by AccessKeyId"
    spec = spec(
        "confirm_access_key_used", "See the new access key in use", Phase.CONFIRM, KIND,
        ["GetAccessKeyLastUsed", "LookupEvents"],
        [*on(USER, "iam:GetAccessKeyLastUsed"), *on("*", "cloudtrail:LookupEvents")],
        "APIReference/API_GetAccessKeyLastUsed.html", propagation=USED, mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say what it takes."""
        return Forecast(Grade.B, "a workload uses the successor; AWS shows it with some delay")

    def observe(self, call: Call) -> Observation:
        """Read whether it was used, and from where."""
        found = self._seen(call)
        return Observation("present" if found else "absent", {"seen": list(found)})

    def verify(self, call: Call) -> Sequence[Check]:
        """Ask whether it was used."""
        found = self._seen(call)
        answer = in_words(found[:5]) if found else "not used"
        return [Check(Grade.B, call.target.scope, self.reads, "used", answer, bool(found))]

    def _seen(self, call: Call) -> list[str]:
        new = [str(facts["access_key"]) for facts in call.earlier.values()
               if "access_key" in facts and "version" in facts]  # fmt: skip
        found: list[str] = []
        for id in new:
            used = self._aws.read("iam", "get_access_key_last_used", AccessKeyId=id)
            last = used.get("AccessKeyLastUsed") or {}
            if "LastUsedDate" in last:
                found.append(f"{last['ServiceName']} {last['Region']}")
            since = call.since or datetime.now(UTC) - timedelta(days=1)
            seen, _ = events(self._aws, "AccessKeyId", id, since)
            found += [one.caller for one in seen]
        return list(dict.fromkeys(found))


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
        try:
            self._delete(call)
        except Missing:
            return Applied({"access_key": call.target.id})
        return Applied({"access_key": call.target.id})

    def _delete(self, call: Call) -> None:
        self._aws.change(
            "iam", "delete_access_key", UserName=fact(call, "user"), AccessKeyId=call.target.id
        )


def _before(call: Call) -> list[dict[str, Any]]:
    held = call.before.state.get("keys") if call.before else None
    return (
        [dict(one) for one in held if isinstance(one, dict)]
        if isinstance(held, list | tuple)
        else []
    )


def _stored(call: Call, id: str) -> str | None:
    return call.store.find(call.destination or "", call.mark_of(id)) if call.store else None


def _request(answer: dict[str, Any]) -> str | None:
    return (answer.get("ResponseMetadata") or {}).get("RequestId")


def key_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    kinds = (
        RecordAccessKey, DisableAccessKey, CreateAccessKey, ConfirmAccessKeyUsed, DeleteAccessKey,
    )  # fmt: skip
    return tuple(kind(aws, options) for kind in kinds)
