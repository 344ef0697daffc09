"""Actions of the fake that look, and that end what is out."""

from collections.abc import Mapping, Sequence

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Applied, Call, Check, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Probe
from rekey.containment.survey import Finding, Survey
from tests.fakes.fake_action import AT_ONCE, FakeAction, KeyProbe, spec, user_of


class DisableKey(FakeAction):
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


class DenyOlderSessions(FakeAction):
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


class EndSession(FakeAction):
    """Ends one session; whoever opened it may open another."""

    spec = spec("end_session", Phase.CUT, reversible=False, kinds=("fake_session",))

    def observe(self, call: Call) -> Observation:
        there = call.target.id in self.cloud.sessions()
        return Observation("absent" if there else "present", {})

    def apply(self, call: Call) -> Applied:
        self.cloud.end_session(call.target.id)
        return Applied({"session": call.target.id})


class Record(FakeAction):
    """Keeps what a cut takes away."""

    spec = spec(
        "record", Phase.EVIDENCE, mutates=False, propagation=AT_ONCE, kinds=("fake_session",)
    )
    files: Mapping[str, bytes] = {}

    def observe(self, call: Call) -> Observation:
        return Observation("present", {"keys": sorted(self.cloud.list_keys(user_of(call)))})

    def collect(self, call: Call) -> Mapping[str, bytes]:
        return self.files


class SurveyUser(FakeAction):
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


class DeleteKey(FakeAction):
    spec = spec("delete_key", Phase.DELETE, reversible=False)

    def observe(self, call: Call) -> Observation:
        there = call.target.id in self.cloud.list_keys(user_of(call))
        return Observation("absent" if there else "present", {})

    def apply(self, call: Call) -> Applied:
        self.cloud.delete_key(user_of(call), call.target.id)
        return Applied()
