"""A successor of an access key: made, stored, and seen in use by everybody who used the old one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Forecast, Observation
from rekey.containment.errors import ProviderError, Refused, Throttled
from rekey.containment.interface import Action
from rekey.containment.secret import Secret
from rekey.containment.target import Json
from rekey.providers.aws.client import Aws, in_words
from rekey.providers.aws.credential import as_json
from rekey.providers.aws.described import ONCE, USER, on, spec
from rekey.providers.aws.keys import KIND, QUOTA, Key, KeyAction, keys_before, request_id
from rekey.providers.aws.oneself import oneself
from rekey.providers.aws.principals import fact
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trail import Event, everywhere, home_region
from rekey.providers.issue import taken_back

_CLOCKS: Final = timedelta(minutes=5)
"""By more, our clock is not off: AWS would refuse the signatures of our calls."""

_TOLD: Final = timedelta(minutes=3)
"""Five times this is how long CloudTrail takes at most to say who made a key."""


class CreateAccessKey(KeyAction):
    """Makes the user's next key and writes it to the store.

    Keys carry no mark, so that two things tell ours from an administrator's: the store holds it
    under our mark, or CloudTrail shows our own call with the mark in its user agent. A key of which
    neither is known yet is left alone. The secret is shown once; lost, the key is deleted and
    another made.
    """

    spec = spec(
        "create_access_key", "Make a new access key, and store it", Phase.ISSUE, KIND,
        ["CreateAccessKey"],
        [*on(USER, "iam:ListAccessKeys", "iam:CreateAccessKey", "iam:DeleteAccessKey"),
         *on("*", "cloudtrail:LookupEvents")],
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
        """Find what this step made: stored, or lost on the way."""
        keys = self._keys(call)
        stored = {one.id: version for one in _new(call, keys)
                  if (version := _stored(call, one.id)) is not None}  # fmt: skip
        lost, unclear = self._lost(call, [one for one in _new(call, keys) if one.id not in stored])
        state: dict[str, Json] = {"keys": [one.facts() for one in keys]}
        others = frozenset(one.id for one in keys) - stored.keys() - set(lost) - set(unclear)
        if len(stored) == 1 and not lost:
            ((id, version),) = stored.items()
            return Observation(
                "present", state, True, {"access_key": id, "version": version}, others
            )
        left = [*stored, *lost]
        if not left and not unclear:
            return Observation("absent", state, existing=others)
        state |= {"orphans": left} | ({"maker unknown": unclear} if unclear else {})
        return Observation("partial", state, existing=others)

    def clear(self, call: Call) -> Sequence[str]:
        """Delete what an earlier attempt left.

        Raises:
            Throttled: CloudTrail does not say yet who made a key that is new.
        """
        new = _new(call, self._keys(call))
        stored = [one.id for one in new if _stored(call, one.id) is not None]
        lost, unclear = self._lost(call, [one for one in new if one.id not in stored])
        if unclear:
            raise Throttled(
                f"{in_words(unclear)} is new, and CloudTrail does not say yet who made it: ours is "
                "deleted, an administrator's is not",
                after=_TOLD,
            )
        for id in (*stored, *lost):
            self._delete(call, id)
        return (*stored, *lost)

    def apply(self, call: Call) -> Applied:
        """Make one, and store it.

        Raises:
            Unclear: the store may have taken it, or the key could not be deleted.
            ProviderError: the store does not take it; the key was deleted again.
        """
        if call.store is None or not call.destination:
            raise Refused("no store for the new access key")
        aws = self._aws.marked(call.marker)
        made = aws.change("iam", "create_access_key", UserName=fact(call, "user"))
        key = made["AccessKey"]
        id = str(key["AccessKeyId"])
        value = as_json(id, Secret(str(key["SecretAccessKey"])))
        with taken_back(id, lambda: self._delete(call, id)):
            version = call.store.write(call.destination, value, call.mark_of(id))
        return Applied({"access_key": id, "version": version}, (), request_id(made))

    def compensate(self, call: Call) -> Applied:
        """Bring the store's earlier value back, then delete this key, and no other."""
        id = str((call.earlier.get(call.step) or {}).get("access_key") or "")
        if id not in {one.id for one in self._keys(call)}:
            return Applied()
        if call.store is not None and call.destination:
            call.store.restore(call.destination, call.mark_of(id))
        self._delete(call, id)
        return Applied(removed=(id,))

    def _lost(self, call: Call, new: Sequence[Key]) -> tuple[list[str], list[str]]:
        """Tell keys that we made and nobody stored from those of which it is not known yet."""
        lost, unclear = [], []
        for one in new:
            maker = self._maker(call, one.id)
            if maker is None:
                unclear.append(one.id)
            elif call.marker in maker.agent and maker.key in oneself(self._aws).names:
                lost.append(one.id)
        return lost, unclear

    def _maker(self, call: Call, id: str) -> Event | None:
        assert call.intended_at is not None  # noqa: S101 - new are only keys after an intent
        home = [home_region(self._aws.partition)]
        seen = everywhere(self._aws, home, "ResourceName", id, call.intended_at - _CLOCKS)
        return next((one for one in seen.events if one.minted == id), None)


def _new(call: Call, keys: Sequence[Key]) -> list[Key]:
    """Give the keys that were not there before the intent, and are not older than it."""
    if call.before is None or call.intended_at is None:
        return []
    known = {str(one.get("id")) for one in keys_before(call)}
    earliest = call.intended_at - _CLOCKS
    return [one for one in keys if one.id not in known and one.created >= earliest]


def _stored(call: Call, id: str) -> str | None:
    """A store that does not answer has not said that it holds the value."""
    if call.store is None:
        return None
    try:
        return call.store.find(call.destination or "", call.mark_of(id))
    except ProviderError:
        return None


def issue_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (CreateAccessKey(aws, options),)
