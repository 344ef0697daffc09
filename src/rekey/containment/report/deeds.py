"""What a run did, one after the other, for those who put it beside other events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rekey.containment.progress import Status
from rekey.containment.report.evidence import EffectEvidence, EntryRef, Evidence

_TRIED: Final = frozenset({Status.REFUSED, Status.FAILED})
"""Said no to, or given up: an attempt, whether or not it was begun."""


@dataclass(frozen=True)
class Deed:
    """One effect that was begun or refused.

    Attributes:
        status: where it stands.
        last: the entry of the journal that says so.
        began: when it was permitted; ``None`` if it never was.
    """

    effect: EffectEvidence
    status: Status
    last: EntryRef
    began: datetime | None

    @property
    def id(self) -> str:
        """Name it in one word for all runs of a journal: what is told anew later is another event."""
        return self.last.hash

    @property
    def why(self) -> str | None:
        """Why it is not done; why an earlier attempt failed is nothing that a proven effect needs."""
        over = self.status in (Status.VERIFIED, Status.UNDONE)
        return None if over else self.effect.reason or None


def deeds(evidence: Evidence) -> Iterator[Deed]:
    """Give the effects of a run that were begun or refused, in the order of the plan.

    What only reads is no deed, and neither is what waits for something else.
    """
    for effect in evidence.effects:
        status = Status(effect.status)
        if effect.mutates and (effect.permitted or status in _TRIED):
            began = effect.permitted.time if effect.permitted else None
            yield Deed(effect, status, effect.entries[-1], began)
