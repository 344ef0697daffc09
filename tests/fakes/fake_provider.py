"""A provider over :class:`tests.fakes.fake_cloud.FakeCloud`, for tests of the engine only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rekey.containment.errors import NotFound, Refused, SelfUnknown
from rekey.containment.interface import (
    Action,
    ActionSpec,
    Applied,
    BlastRadius,
    Call,
    Check,
    Connection,
    Forecast,
    Grade,
    Observation,
    Permission,
    Phase,
    Probe,
    Propagation,
    Target,
    Wanted,
)
from rekey.containment.secret import Secret
from tests.fakes.fake_cloud import FakeCloud

KINDS = {"fake_": "fake"}
BOUND = Propagation(
    timedelta(seconds=5), "the fake's lag is 4 s", timedelta(seconds=30), timedelta(seconds=2)
)
AT_ONCE = replace(BOUND, bound=timedelta(0), rounds=1)


def spec(
    name: str, phase: Phase, *, reversible: bool = True, mutates: bool = True,
    propagation: Propagation = BOUND,
) -> ActionSpec:  # fmt: skip
    return ActionSpec(
        name=f"fake.{name}", title=name.replace("_", " "), phase=phase,
        kinds=frozenset({"fake_key"}), calls=(name,), permissions=(Permission(f"fake:{name}"),),
        propagation=propagation, reversible=reversible, reference="https://example.com/",
        mutates=mutates,
    )  # fmt: skip


def user_of(call: Call) -> str:
    return str(call.target.facts["user"])


@dataclass
class KeyProbe:
    """Presents the old key itself."""

    cloud: FakeCloud
    credential: Secret
    grade: Grade = Grade.A

    def present(self) -> Sequence[Check]:
        answer = self.cloud.use(self.credential.reveal())
        return [Check(self.grade, "data", "use(key)", "Rejected", answer, answer == "Rejected")]

    def close(self) -> None:
        self.credential = Secret("")


@dataclass
class SessionProbe(KeyProbe):
    """Presents a session that was minted beside the attacker's."""

    grade: Grade = Grade.A_SIBLING


class _Action:
    """What the fake's actions share: nothing to forecast, nothing to present."""

    spec: ActionSpec
    grade = Grade.B

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud

    def forecast(self, call: Call) -> Forecast:
        return Forecast(self.grade, "the fake says so", breaks=("whoever uses the key",))

    def probe(self, call: Call) -> Probe | None:
        return None

    def observe(self, call: Call) -> Observation:
        raise NotImplementedError

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the state back."""
        seen = self.observe(replace(call, intended_at=call.intended_at))
        holds = seen.effect == "present"
        return [Check(Grade.B, "control", "read back", "present", seen.effect, holds)]

    def apply(self, call: Call) -> Applied:
        raise Refused("reads only")

    def compensate(self, call: Call) -> Applied:
        raise Refused("cannot be undone")


class DisableKey(_Action):
    spec = spec("disable_key", Phase.CLOSE_MINT)
    grade = Grade.A

    def observe(self, call: Call) -> Observation:
        key = self.cloud.list_keys(user_of(call)).get(call.target.id)
        active = bool(key and key["active"])
        return Observation("absent" if active else "present", {"active": active})

    def probe(self, call: Call) -> Probe | None:
        return KeyProbe(self.cloud, call.presented) if call.presented else None

    def apply(self, call: Call) -> Applied:
        self.cloud.update_key(user_of(call), call.target.id, False)
        return Applied({"key": call.target.id})

    def compensate(self, call: Call) -> Applied:
        if call.before and call.before.state.get("active"):
            self.cloud.update_key(user_of(call), call.target.id, True)
        return Applied()


class DenyOlderSessions(_Action):
    spec = spec("deny_older_sessions", Phase.CUT)

    def observe(self, call: Call) -> Observation:
        mine = self.cloud.get_cutoffs(user_of(call)).get(call.marker)
        wanted = call.cutoff.isoformat() if call.cutoff else ""
        there = mine is not None and mine >= wanted
        facts = {"policy": call.marker} if there else {}
        return Observation("present" if there else "absent", {"policy": mine}, there, facts)

    def apply(self, call: Call) -> Applied:
        if call.cutoff is None:
            raise Refused("no cut-off time")
        self.cloud.put_cutoff(user_of(call), call.marker, call.cutoff)
        return Applied({"policy": call.marker, "cutoff": call.cutoff.isoformat()})

    def compensate(self, call: Call) -> Applied:
        self.cloud.delete_cutoff(user_of(call), call.marker)
        return Applied()


class SurveyUser(_Action):
    spec = spec("survey_user", Phase.SURVEY, mutates=False)

    def observe(self, call: Call) -> Observation:
        return Observation("present", {"keys": sorted(self.cloud.list_keys(user_of(call)))})

    def verify(self, call: Call) -> Sequence[Check]:
        keys = self.cloud.list_keys(user_of(call))
        since = call.since.isoformat() if call.since else ""
        new = [id for id, key in keys.items() if key["created"] >= since]
        strange = sorted(set(new) - call.explained - {call.target.id})
        answer = f"unexplained: {', '.join(strange)}" if strange else "nothing"
        return [Check(Grade.B, "control", "keys made since", "nothing", answer, not strange)]


class CreateKey(_Action):
    spec = spec("create_key", Phase.ISSUE)

    def forecast(self, call: Call) -> Forecast:
        full = len(self.cloud.list_keys(user_of(call))) >= 2
        return replace(super().forecast(call), impossible="two keys exist" if full else None)

    def observe(self, call: Call) -> Observation:
        keys = self.cloud.list_keys(user_of(call))
        state = {"keys": sorted(keys)}
        if call.before is None or call.intended_at is None or call.store is None:
            return Observation("absent", state)
        new = set(keys) - set(call.before.state["keys"])  # type: ignore[arg-type]
        ours = [id for id in new if keys[id]["created"] >= call.intended_at.isoformat()]
        if not ours:
            return Observation("absent", state)
        version = call.store.find(call.destination or "", call.marker)
        if version is None or len(ours) > 1:
            return Observation("partial", {**state, "orphans": sorted(ours)})
        return Observation("present", state, True, {"key": ours[0], "version": version})

    def apply(self, call: Call) -> Applied:
        seen = self.observe(call)
        if seen.effect == "present":
            return Applied(seen.facts)
        orphans = [str(id) for id in seen.state.get("orphans", ())]  # type: ignore[union-attr]
        for id in orphans:
            self.cloud.delete_key(user_of(call), id)
        id, secret = self.cloud.create_key(user_of(call))
        assert call.store is not None
        version = call.store.write(call.destination or "", Secret(f"{id}:{secret}"), call.marker)
        return Applied({"key": id, "version": version}, tuple(orphans))

    def compensate(self, call: Call) -> Applied:
        for facts in call.earlier.values():
            if (id := str(facts.get("key"))) in self.cloud.list_keys(user_of(call)):
                self.cloud.delete_key(user_of(call), id)
        return Applied()


class Distribute(_Action):
    spec = spec("restart_workloads", Phase.DISTRIBUTE, reversible=False, propagation=AT_ONCE)

    def observe(self, call: Call) -> Observation:
        paths = self.cloud.state["workloads"].values()
        latest = self.cloud.state["store"].get(call.destination, [{"value": None}])[-1]["value"]
        done = all(one["value"] == latest for one in paths if one["path"] == call.destination)
        return Observation("present" if done and latest else "absent", {})

    def apply(self, call: Call) -> Applied:
        self.cloud.restart_workloads(call.destination or "")
        return Applied()


class Confirm(_Action):
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


class DeleteKey(_Action):
    spec = spec("delete_key", Phase.DELETE, reversible=False)

    def observe(self, call: Call) -> Observation:
        there = call.target.id in self.cloud.list_keys(user_of(call))
        return Observation("absent" if there else "present", {})

    def apply(self, call: Call) -> Applied:
        self.cloud.delete_key(user_of(call), call.target.id)
        return Applied()


class FakeStore:
    """The fake's secret store."""

    permissions = (Permission("fake:put_secret"),)

    def __init__(self, cloud: FakeCloud, name: str = "fake-store") -> None:
        self._cloud, self.name = cloud, name

    @property
    def provider(self) -> "FakeProvider":
        return FakeProvider(self._cloud)

    def identities(self) -> frozenset[str]:
        return frozenset({"user/store-writer"})

    def find(self, destination: str, marker: str) -> str | None:
        return self._cloud.find_secret(destination, marker)

    def write(self, destination: str, value: Secret, marker: str) -> str:
        return self._cloud.put_secret(destination, marker, value.reveal())


class FakeProvider:
    """The provider itself."""

    name = "fake"

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.radius = BlastRadius((), 0, False, False)
        self.reserved: dict[str, str] = {}
        self.offered: list[Action] = [
            kind(cloud) for kind in (DisableKey, DenyOlderSessions, SurveyUser, CreateKey,
                                     Distribute, Confirm, DeleteKey)
        ]  # fmt: skip

    def connection(self) -> Connection:
        caller = self.cloud.caller()
        if not caller:
            raise SelfUnknown("the fake does not say who we are")
        return Connection("fake", self.cloud.state["account"], caller, frozenset({caller}),
                          depends_on={"user/notifier": "it tells people"})  # fmt: skip

    def locate(self, wanted: Wanted) -> Target:
        for id, key in self.cloud.state["keys"].items():
            if id == wanted.id:
                user = key["user"]
                return Target("fake", self.cloud.state["account"], "fake_key", id, f"user/{user}",
                              facts={"user": user})  # fmt: skip
        raise NotFound(f"there is no key {wanted.id}")

    def actions(self) -> Sequence[Action]:
        return self.offered

    def blast_radius(self, target: Target) -> BlastRadius:
        return self.radius

    def protected(self, target: Target) -> str | None:
        return self.reserved.get(target.identity)

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        held = self.cloud.state.get("permitted")
        return {one: None if held is None else one.name in held for one in permissions}

    def policy(self, permissions: Iterable[Permission]) -> str:
        return "\n".join(sorted(f"allow {one.name} on {one.resource}" for one in permissions))
