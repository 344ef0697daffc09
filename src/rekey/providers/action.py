"""What actions of all providers share: the parts of the contract that most of them leave empty."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from rekey.containment.action_spec import ActionSpec, Grade
from rekey.containment.call import Applied, Call, Check, Forecast, Observation
from rekey.containment.errors import Refused
from rekey.containment.interface import Probe
from rekey.containment.survey import Survey


class ReadBack(ABC):
    """An action whose effect is proven by reading it back, unless it says better.

    Attributes:
        spec: what is known about it.
        reads: how its effect is read, for the checks.
    """

    spec: ActionSpec
    reads: str

    def forecast(self, call: Call) -> Forecast:
        """Grade B."""
        return Forecast(Grade.B, f"{self.reads} shows it")

    @abstractmethod
    def observe(self, call: Call) -> Observation:
        """Read the present state."""

    def probe(self, call: Call) -> Probe | None:
        """Nothing to present."""
        return None

    def clear(self, call: Call) -> Sequence[str]:
        """Nothing to end: what is half done is done again over it."""
        return ()

    def apply(self, call: Call) -> Applied:
        """Refuse: it reads only."""
        raise Refused(f"{self.spec.name} reads only")

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the effect back."""
        effect = self.observe(call).effect
        return [
            Check(Grade.B, call.target.scope, self.reads, "present", effect, effect == "present")
        ]

    def collect(self, call: Call) -> Mapping[str, bytes]:
        """Nothing to keep as a file."""
        return {}

    def compensate(self, call: Call) -> Applied:
        """Refuse: it cannot be undone."""
        raise Refused(f"{self.spec.name} cannot be undone")


class Surveying(ReadBack):
    """An action that looks for what was left behind; proven when all that it finds is explained."""

    @abstractmethod
    def survey(self, call: Call) -> Survey:
        """Look; what is explained is found all the same."""

    def observe(self, call: Call) -> Observation:
        """Look, and give all of it as evidence."""
        since = call.since.isoformat() if call.since else None
        return Observation("present", {"since": since, **self.survey(call).state()})

    def verify(self, call: Call) -> Sequence[Check]:
        """Look, and say what is unexplained; what was not asked does not count as nothing."""
        answer, holds = self.survey(call).answer(call.explained)
        return [Check(Grade.B, call.target.scope, self.reads, "nothing", answer, holds)]
