"""What actions on :class:`tests.fakes.fake_cloud.FakeCloud` are made of."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from rekey.containment.action_spec import ActionSpec, Grade, Permission, Phase, Propagation
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Probe
from rekey.containment.secret import Secret
from tests.fakes.fake_cloud import FakeCloud

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


class FakeAction(ABC):
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

    @abstractmethod
    def observe(self, call: Call) -> Observation:
        """Read the present state."""

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
