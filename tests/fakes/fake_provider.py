"""A provider over :class:`tests.fakes.fake_cloud.FakeCloud`, for tests of the engine only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from rekey.containment.action_spec import Permission
from rekey.containment.errors import Gone, SelfUnknown
from rekey.containment.interface import Action
from rekey.containment.survey import Finding
from rekey.containment.target import Act, BlastRadius, Connection, Facts, Party, Target, Wanted
from tests.fakes.fake_action import FakeAction
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.fake_end_actions import (
    DeleteKey,
    DenyOlderSessions,
    DisableKey,
    EndSession,
    Record,
    SurveyUser,
)
from tests.fakes.fake_issue_actions import Confirm, CreateKey, Distribute

KINDS = {"fake_": "fake"}
Offered = TypeVar("Offered", bound=FakeAction)


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
