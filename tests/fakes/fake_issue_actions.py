"""Actions of the fake that make a successor and bring it to its dependents."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import ProviderError
from rekey.containment.secret import Secret
from rekey.providers.issue import taken_back
from tests.fakes.fake_action import AT_ONCE, FakeAction, spec, user_of


class CreateKey(FakeAction):
    spec = spec("create_key", Phase.ISSUE)

    def forecast(self, call: Call) -> Forecast:
        full = len(self.cloud.list_keys(user_of(call))) >= 2
        return replace(super().forecast(call), impossible="two keys exist" if full else None)

    def observe(self, call: Call) -> Observation:
        keys = self.cloud.list_keys(user_of(call))
        ours, state = self._ours(call, keys), {"keys": sorted(keys)}
        others = frozenset(keys) - set(ours)
        if not ours:
            return Observation("absent", state, existing=others)
        version = _stored(call)
        if version is None or len(ours) > 1:
            return Observation("partial", {**state, "orphans": sorted(ours)}, existing=others)
        facts = {"key": ours[0], "version": version}
        return Observation("present", state, True, facts, others)

    def _ours(self, call: Call, keys: Mapping[str, Mapping[str, object]]) -> list[str]:
        if call.before is None or call.intended_at is None:
            return []
        new = set(keys) - set(call.before.state["keys"])  # type: ignore[arg-type]
        return [id for id in new if str(keys[id]["created"]) >= call.intended_at.isoformat()]

    def clear(self, call: Call) -> Sequence[str]:
        orphans = [str(id) for id in self.observe(call).state.get("orphans", ())]  # type: ignore[union-attr]
        for id in orphans:
            self.cloud.delete_key(user_of(call), id)
        return orphans

    def apply(self, call: Call) -> Applied:
        id, secret = self.cloud.create_key(user_of(call))
        assert call.store is not None
        value = Secret(f"{id}:{secret}")
        with taken_back(id, lambda: self.cloud.delete_key(user_of(call), id)):
            version = call.store.write(call.destination or "", value, call.marker)
        return Applied({"key": id, "version": version})

    def compensate(self, call: Call) -> Applied:
        id = str(call.earlier[call.step].get("key"))
        if id not in self.cloud.list_keys(user_of(call)):
            return Applied()
        if call.store is not None:
            call.store.restore(call.destination or "", call.marker)
        self.cloud.delete_key(user_of(call), id)
        return Applied(removed=(id,))


def _stored(call: Call) -> str | None:
    """A store that does not answer has not said that it holds the value."""
    try:
        return call.store.find(call.destination or "", call.marker) if call.store else None
    except ProviderError:
        return None


class Distribute(FakeAction):
    spec = spec("restart_workloads", Phase.DISTRIBUTE, reversible=False, propagation=AT_ONCE)

    def observe(self, call: Call) -> Observation:
        paths = self.cloud.state["workloads"].values()
        latest = self.cloud.state["store"].get(call.destination, [{"value": None}])[-1]["value"]
        done = all(one["value"] == latest for one in paths if one["path"] == call.destination)
        return Observation("present" if done and latest else "absent", {})

    def apply(self, call: Call) -> Applied:
        self.cloud.restart_workloads(call.destination or "")
        return Applied()


class Confirm(FakeAction):
    spec = spec("confirm_workloads", Phase.CONFIRM, mutates=False, propagation=AT_ONCE)

    def observe(self, call: Call) -> Observation:
        return Observation(
            "present", {"workloads": self.cloud.workloads_ok(call.destination or "")}
        )

    def verify(self, call: Call) -> Sequence[Check]:
        return [
            Check(Grade.B, name, "works with the successor", "OK", "OK" if ok else "Rejected", ok)
            for name, ok in self.cloud.workloads_ok(call.destination or "").items()
        ]
