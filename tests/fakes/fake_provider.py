"""A provider over :class:`tests.fakes.fake_cloud.FakeCloud`, for tests of the engine only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from rekey.containment.action_spec import ActionSpec, Grade, Permission, Phase, Propagation
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Gone, ProviderError, Refused, SelfUnknown
from rekey.containment.interface import Action, Probe
from rekey.containment.secret import Secret
from rekey.containment.survey import Finding, Survey
from rekey.containment.target import Act, BlastRadius, Connection, Facts, Party, Target, Wanted
from rekey.providers.issue import taken_back
from tests.fakes.fake_cloud import FakeCloud

KINDS = {"fake_": "fake"}
BOUND = Propagation(
    timedelta(seconds=5), "the fake's lag is 4 s", timedelta(seconds=30), timedelta(seconds=2)
)
AT_ONCE = replace(BOUND, bound=timedelta(0), rounds=1)


def spec(
    name: str, phase: Phase, *, reversible: bool = True, mutates: bool = True,
    propagation: Propagation = BOUND, kinds: Sequence[str] = ("fake_key",),
    on_identity: bool = False,
) -> ActionSpec:  # fmt: skip
    return ActionSpec(
        name=f"fake.{name}", title=name.replace("_", " "), phase=phase,
        kinds=frozenset(kinds), calls=(name,), permissions=(Permission(f"fake:{name}"),),
        propagation=propagation, reversible=reversible, reference="https://example.com/",
        mutates=mutates, on_identity=on_identity,
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
    best: Grade | None = None
    more: Mapping[str, Any] = {}
    """What a test has it forecast besides."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud

    def forecast(self, call: Call) -> Forecast:
        breaks = ("whoever uses the key",)
        plain = Forecast(Grade.B, "the fake says so", breaks, if_presented=self.best)
        return replace(plain, **self.more)

    def probe(self, call: Call) -> Probe | None:
        return None

    def observe(self, call: Call) -> Observation:
        raise NotImplementedError

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the state back."""
        seen = self.observe(replace(call, intended_at=call.intended_at))
        holds = seen.effect == "present"
        return [Check(Grade.B, "control", "read back", "present", seen.effect, holds)]

    def collect(self, call: Call) -> Mapping[str, bytes]:
        return {}

    def clear(self, call: Call) -> Sequence[str]:
        return ()

    def apply(self, call: Call) -> Applied:
        raise Refused("reads only")

    def compensate(self, call: Call) -> Applied:
        raise Refused("cannot be undone")


class DisableKey(_Action):
    spec = spec("disable_key", Phase.CLOSE_MINT)
    best = Grade.A

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
    spec = spec("deny_older_sessions", Phase.CUT, on_identity=True)

    def observe(self, call: Call) -> Observation:
        mine = self.cloud.get_cutoffs(user_of(call)).get(call.marker)
        wanted = call.cutoff.isoformat() if call.cutoff else ""
        there = mine is not None and mine >= wanted
        facts = {"policy": call.marker} if there else {}
        state = {"policy": mine}
        return Observation("present" if there else "absent", state, there or None, facts)

    def apply(self, call: Call) -> Applied:
        if call.cutoff is None:
            raise Refused("no cut-off time")
        self.cloud.put_cutoff(user_of(call), call.marker, call.cutoff)
        return Applied({"policy": call.marker, "cutoff": call.cutoff.isoformat()})

    def compensate(self, call: Call) -> Applied:
        self.cloud.delete_cutoff(user_of(call), call.marker)
        return Applied()


class EndSession(_Action):
    """Ends one session; whoever opened it may open another."""

    spec = spec("end_session", Phase.CUT, reversible=False, kinds=("fake_session",))

    def observe(self, call: Call) -> Observation:
        there = call.target.id in self.cloud.sessions()
        return Observation("absent" if there else "present", {})

    def apply(self, call: Call) -> Applied:
        self.cloud.end_session(call.target.id)
        return Applied({"session": call.target.id})


class Record(_Action):
    """Keeps what a cut takes away."""

    spec = spec(
        "record", Phase.EVIDENCE, mutates=False, propagation=AT_ONCE, kinds=("fake_session",)
    )
    files: Mapping[str, bytes] = {}

    def observe(self, call: Call) -> Observation:
        return Observation("present", {"keys": sorted(self.cloud.list_keys(user_of(call)))})

    def collect(self, call: Call) -> Mapping[str, bytes]:
        return self.files


class SurveyUser(_Action):
    spec = spec("survey_user", Phase.SURVEY, mutates=False, kinds=("fake_key", "fake_session"))

    def survey(self, call: Call) -> Survey:
        since = call.since.isoformat() if call.since else ""
        keys = self.cloud.list_keys(user_of(call))
        new = sorted(id for id, key in keys.items() if key["created"] >= since)
        lacking = self.cloud.state.get("not_asked", ())
        return Survey([Finding(id, f"key of {user_of(call)}") for id in new], lacking)

    def observe(self, call: Call) -> Observation:
        return Observation("present", self.survey(call).state())

    def verify(self, call: Call) -> Sequence[Check]:
        answer, holds = self.survey(call).answer(call.explained)
        return [Check(Grade.B, "control", "keys made since", "nothing", answer, holds)]


class CreateKey(_Action):
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

    def unready(self, destination: str) -> str | None:
        places = self._cloud.state.get("places")
        return f"there is no {destination}" if places and destination not in places else None

    def find(self, destination: str, marker: str) -> str | None:
        return self._cloud.find_secret(destination, marker)

    def write(self, destination: str, value: Secret, marker: str) -> str:
        return self._cloud.put_secret(destination, marker, value.reveal())

    def restore(self, destination: str, marker: str) -> None:
        self._cloud.restore_secret(destination, marker)


Offered = TypeVar("Offered", bound=_Action)


class FakeProvider:
    """The provider itself."""

    name = "fake"

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.radius = BlastRadius((), 0, False, False)
        self.reserved: dict[str, str] = {}
        self.offered: list[Action] = [
            kind(cloud) for kind in (DisableKey, DenyOlderSessions, SurveyUser, CreateKey,
                                     Distribute, Confirm, DeleteKey, EndSession, Record)
        ]  # fmt: skip

    def connection(self) -> Connection:
        caller = self.cloud.caller()
        if not caller:
            raise SelfUnknown("the fake does not say who we are")
        return Connection("fake", self.cloud.state["account"], caller, frozenset({caller}),
                          depends_on={"user/notifier": "it tells people"})  # fmt: skip

    def locate(self, wanted: Wanted) -> Target:
        """Keys and sessions; whoever opened a session is shut out with it."""
        if (mode := self.cloud.state.get("locating")) is not None:
            self.cloud.fault("locate", mode)
        self.cloud.locate()
        if wanted.id.startswith("FSIA"):
            given = {"minted_with": wanted.parent} if wanted.parent else {}
            return self.resolve("fake_session", wanted.id, given)
        return self.resolve("fake_key", wanted.id, {})

    def resolve(self, kind: str, id: str, given: Facts) -> Target:
        self.cloud.locate()
        state = self.cloud.state
        found = state["keys" if kind == "fake_key" else "sessions"].get(id)
        if found is None:
            raise Gone(f"there is no key {id}")
        user, by = found["user"], state["keys"].get(given.get("minted_with"))
        parties = (Party(f"user/{by['user']}", "its mint is closed"),) if by else ()
        aliases = frozenset(state.get("aliases", {}).get(user, ()))
        return Target("fake", state["account"], kind, id, f"user/{user}", aliases,
                      {"user": user}, given, parties)  # fmt: skip

    def trace(self, act: Act) -> Finding | None:
        if not act.action.startswith("create"):
            return None
        return Finding(
            act.event, f"{act.action} {act.target}", act.credential, frozenset(act.minted)
        )

    def actions(self) -> Sequence[Action]:
        return self.offered

    def action(self, kind: type[Offered]) -> Offered:
        """Give one of them, for a test to change."""
        return next(one for one in self.offered if isinstance(one, kind))

    def blast_radius(self, target: Target) -> BlastRadius:
        return self.radius

    def protected(self, target: Target) -> str | None:
        return self.reserved.get(target.identity)

    def permitted(self, permissions: Iterable[Permission]) -> Mapping[Permission, bool | None]:
        held = self.cloud.state.get("permitted")
        return {one: None if held is None else one.name in held for one in permissions}

    def policy(self, permissions: Iterable[Permission]) -> str:
        return "\n".join(sorted(f"allow {one.name} on {one.resource}" for one in permissions))
