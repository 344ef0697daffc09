"""What actions of all providers share: the parts of the contract that most of them leave empty."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from rekey.containment.errors import Refused
from rekey.containment.interface import (
    ActionSpec,
    Applied,
    Call,
    Check,
    Forecast,
    Grade,
    Observation,
    Probe,
)


class ReadBack(ABC):
    """An action whose effect is proven by reading it back, unless it says better.

    Attributes:
        spec: what is known about it.
        reads: how its effect is read, for the checks.
    """

    spec: ActionSpec
    reads: str

    def forecast(self, call: Call) -> Forecast:
        """Grade A where the old credential is at hand, else B."""
        return Forecast(Grade.B, f"{self.reads} shows it")

    @abstractmethod
    def observe(self, call: Call) -> Observation:
        """Read the present state."""

    def probe(self, call: Call) -> Probe | None:
        """Nothing to present."""
        return None

    def apply(self, call: Call) -> Applied:
        """Refuse: it reads only."""
        raise Refused(f"{self.spec.name} reads only")

    def verify(self, call: Call) -> Sequence[Check]:
        """Read the effect back."""
        effect = self.observe(call).effect
        return [
            Check(Grade.B, call.target.scope, self.reads, "present", effect, effect == "present")
        ]

    def compensate(self, call: Call) -> Applied:
        """Refuse: it cannot be undone."""
        raise Refused(f"{self.spec.name} cannot be undone")
